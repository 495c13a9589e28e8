//! Who may take a snapshot.
//!
//! Why: where the host has no policy engine, its runtime does not enforce `auth: 'admin'` at all; this is then what
//! stands between a caller and a snapshot. How: a pure function of three claims. Whatever is malformed never lets
//! anyone in, and nothing that an engine allows is a grant by itself.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::problem::{Code, Problem};

/// Who the host says is asking.
///
/// A text becomes an actor by [`From`], and in JSON. Texts that are not known become [`Actor::Unknown`], who is refused with
/// 401: a name that a host misspells lets nobody in.
///
/// ```
/// use context_snapshot::Actor;
///
/// assert_eq!(Actor::from("admin"), Actor::Admin);
/// assert_eq!(Actor::from("Admin"), Actor::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody is signed in; also what an absent actor means.
    Anonymous,
    /// A signed-in user.
    User,
    /// An administrator.
    Admin,
    /// Anything else: an unknown name, or no string.
    Unknown,
}

impl Actor {
    /// Returns the name that contexts have: `anonymous`, `user` or `admin`; `unknown` for any other.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::User => "user",
            Self::Admin => "admin",
            Self::Unknown => "unknown",
        }
    }
}

impl From<&str> for Actor {
    fn from(name: &str) -> Self {
        let known = [Self::Anonymous, Self::User, Self::Admin];
        known.into_iter().find(|actor| actor.as_str() == name).unwrap_or(Self::Unknown)
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not derived: an object with the one member `admin` would be an admin.
        Ok(Self::from(&*<Cow<'de, str>>::deserialize(deserializer)?))
    }
}

/// What the caller's roles say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roles {
    /// No roles, or none that is `admin`.
    Ordinary,
    /// The role `admin` is among them.
    Admin,
    /// Not a list of strings.
    Malformed,
}

/// What the host's policy engine has already said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It was not asked.
    Absent,
    /// It has nothing against it, which grants nothing.
    Allow,
    /// It forbids it, to everybody.
    Deny,
    /// Not a decision.
    Malformed,
}

/// On what ground the caller was admitted; recorded in the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The actor is `admin`.
    Actor,
    /// The actor is a user with the role `admin`.
    Role,
}

impl Grant {
    /// As the record writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Role => "role",
        }
    }

    /// The `actor` that this grant was given to, as the record writes it.
    #[must_use]
    pub const fn actor(self) -> &'static str {
        match self {
            Self::Actor => "admin",
            Self::Role => "user",
        }
    }
}

/// Decides whether the caller may see what a snapshot would hold.
///
/// # Errors
/// As [`admit`], but for users: they need no role.
#[cfg_attr(small, optimize(size))]
pub fn admit_to_preview(actor: Actor, roles: Roles, decision: Decision) -> Result<Grant, Problem> {
    let roles = if actor == Actor::User && roles == Roles::Ordinary { Roles::Admin } else { roles };
    admit(actor, roles, decision)
}

/// Decides whether the caller may take a snapshot.
///
/// ```
/// use context_snapshot::policy::{Actor, Decision, Grant, Roles, admit};
///
/// assert_eq!(admit(Actor::User, Roles::Admin, Decision::Absent), Ok(Grant::Role));
/// let refused = admit(Actor::User, Roles::Ordinary, Decision::Allow).unwrap_err();
/// assert_eq!(refused.code().status(), 403);
/// ```
///
/// # Errors
/// `UNAUTHENTICATED` for anybody who is not a known, signed-in actor, whatever else is claimed; `FORBIDDEN` where the
/// roles or the decision are malformed, where the decision is to deny, and for users without the role `admin`.
#[cfg_attr(small, optimize(size))]
pub fn admit(actor: Actor, roles: Roles, decision: Decision) -> Result<Grant, Problem> {
    let forbidden = |why| Err(Problem::new(Code::Forbidden, why));
    match (actor, roles, decision) {
        (Actor::Anonymous, ..) => Err(Problem::new(
            Code::Unauthenticated,
            "Nobody is signed in: a context snapshot needs the actor admin, or a user with the role admin; a preview, a user",
        )),
        (Actor::Unknown, ..) => Err(Problem::new(
            Code::Unauthenticated,
            "The actor is none of anonymous, user, admin: a scheduler or a service passes admin, with a userId of its own",
        )),
        (_, Roles::Malformed, _) => forbidden("The roles are not a list of strings"),
        (.., Decision::Malformed) => forbidden("The decision is not { effect: 'allow' | 'deny', reason?: string }"),
        (.., Decision::Deny) => forbidden("The host's policy decision denies this snapshot"),
        (Actor::Admin, ..) => Ok(Grant::Actor),
        (Actor::User, Roles::Admin, _) => Ok(Grant::Role),
        (Actor::User, Roles::Ordinary, _) => {
            forbidden("Only an admin, or a user with the role admin, may create a context snapshot")
        }
    }
}

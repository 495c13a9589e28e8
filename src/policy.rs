//! Who may take a snapshot (ERRORS 3.1).
//!
//! Why: the runtime of a host without a policy engine does not enforce `auth: 'admin'` at all. Then only this check
//! protects the snapshot. How: a pure function of three claims. A malformed claim never admits anyone, and a policy engine
//! that allows the call does not grant it: the caller must still be an admin.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::problem::{Code, Problem};

/// The caller, as the host identifies it.
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
    /// Nobody is signed in; an absent actor means the same.
    Anonymous,
    /// A signed-in user.
    User,
    /// An administrator.
    Admin,
    /// Anything else: an unknown name, or a value that is not a string.
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

/// The caller's roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roles {
    /// There are no roles, or `admin` is not among them.
    Ordinary,
    /// `admin` is among the roles.
    Admin,
    /// The roles are not a list of strings.
    Malformed,
}

/// The decision of the host's policy engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The engine was not asked.
    Absent,
    /// The engine allows the call, which by itself grants nothing.
    Allow,
    /// The engine denies the call, whoever asks.
    Deny,
    /// The value is not a decision.
    Malformed,
}

/// Why the caller was admitted; the record stores it as `grant` (F4-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The actor is `admin`.
    Actor,
    /// The actor is a user with the role `admin`.
    Role,
}

impl Grant {
    /// Returns the record's `grant`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Role => "role",
        }
    }

    /// Returns the record's `actor` for this grant.
    #[must_use]
    pub const fn actor(self) -> &'static str {
        match self {
            Self::Actor => "admin",
            Self::Role => "user",
        }
    }
}

/// Decides whether the caller may preview a snapshot.
///
/// # Errors
/// Those of [`admit`], except that a user needs no role.
pub fn admit_to_preview(actor: Actor, roles: Roles, decision: Decision) -> Result<Grant, Problem> {
    let roles = if actor == Actor::User && roles == Roles::Ordinary { Roles::Admin } else { roles };
    admit(actor, roles, decision)
}

/// Decides whether the caller may take a snapshot. The first rule of ERRORS 3.1 that applies decides.
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
/// `UNAUTHENTICATED` if the actor is not `user` or `admin`, whatever the roles and the decision are. `FORBIDDEN` if the
/// roles or the decision are malformed, if the decision is to deny, or if a user does not have the role `admin`.
pub fn admit(actor: Actor, roles: Roles, decision: Decision) -> Result<Grant, Problem> {
    let forbidden = |why| Err(Problem::new(Code::Forbidden, why));
    match (actor, roles, decision) {
        // E3.1-1
        (Actor::Anonymous, ..) => Err(Problem::new(
            Code::Unauthenticated,
            "Nobody is signed in: a context snapshot needs the actor admin, or a user with the role admin; a preview needs a user",
        )),
        // E3.1-1, E3.1-8
        (Actor::Unknown, ..) => Err(Problem::new(
            Code::Unauthenticated,
            "The actor is not anonymous, user or admin: a scheduler or a service passes admin, with a userId of its own",
        )),
        // E3.1-2
        (_, Roles::Malformed, _) => forbidden("The roles are not a list of strings"),
        (.., Decision::Malformed) => forbidden("The decision is not { effect: 'allow' | 'deny', reason?: string }"),
        // E3.1-3
        (.., Decision::Deny) => forbidden("The host's policy decision denies this snapshot"),
        // E3.1-4, E3.1-5, E3.1-6
        (Actor::Admin, ..) => Ok(Grant::Actor),
        (Actor::User, Roles::Admin, _) => Ok(Grant::Role),
        (Actor::User, Roles::Ordinary, _) => {
            forbidden("Only an admin, or a user with the role admin, may create a context snapshot")
        }
    }
}

//! Who may take a snapshot (ERRORS 3.1): the whole table.
//!
//! Why: if the host has no policy engine, this table alone stands between a caller and a snapshot, and examples leave holes.
//! How: four actors, three kinds of roles and four decisions are few enough to write down every answer. Then the operation has
//! to give the same answers for every spelling of actor, roles and decision.

use context_snapshot::policy::{Actor, Decision, Grant, Roles, admit, admit_to_preview};
use context_snapshot::{Code, Context, Input, Item, Pack, PolicyDecision, preview_pack, snapshot_pack};
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// 401.
    WhoAreYou,
    /// 403.
    MayNot,
    /// Admitted as the actor `admin`.
    AsAdmin,
    /// Admitted as a user with the role `admin`.
    ByRole,
}
use Answer::{AsAdmin, ByRole, MayNot, WhoAreYou};

/// The columns of the table.
const DECISIONS: [Decision; 4] = [Decision::Absent, Decision::Allow, Decision::Deny, Decision::Malformed];

#[rustfmt::skip]
const TABLE: [(Actor, Roles, [Answer; 4]); 12] = [
    //                                     absent     allow      deny       malformed
    (Actor::Anonymous, Roles::Ordinary,  [WhoAreYou, WhoAreYou, WhoAreYou, WhoAreYou]),
    (Actor::Anonymous, Roles::Admin,     [WhoAreYou, WhoAreYou, WhoAreYou, WhoAreYou]),
    (Actor::Anonymous, Roles::Malformed, [WhoAreYou, WhoAreYou, WhoAreYou, WhoAreYou]),
    (Actor::Unknown,   Roles::Ordinary,  [WhoAreYou, WhoAreYou, WhoAreYou, WhoAreYou]),
    (Actor::Unknown,   Roles::Admin,     [WhoAreYou, WhoAreYou, WhoAreYou, WhoAreYou]),
    (Actor::Unknown,   Roles::Malformed, [WhoAreYou, WhoAreYou, WhoAreYou, WhoAreYou]),
    (Actor::User,      Roles::Ordinary,  [MayNot,    MayNot,    MayNot,    MayNot]),
    (Actor::User,      Roles::Admin,     [ByRole,    ByRole,    MayNot,    MayNot]),
    (Actor::User,      Roles::Malformed, [MayNot,    MayNot,    MayNot,    MayNot]),
    (Actor::Admin,     Roles::Ordinary,  [AsAdmin,   AsAdmin,   MayNot,    MayNot]),
    (Actor::Admin,     Roles::Admin,     [AsAdmin,   AsAdmin,   MayNot,    MayNot]),
    (Actor::Admin,     Roles::Malformed, [MayNot,    MayNot,    MayNot,    MayNot]),
];

/// Returns the answer in the table.
fn expected(actor: Actor, roles: Roles, decision: Decision) -> Answer {
    let column = DECISIONS.iter().position(|&other| other == decision).expect("all are listed");
    let mut rows = TABLE.iter().filter(|row| row.0 == actor && row.1 == roles);
    let row = rows.next().expect("all are listed");
    assert_eq!(rows.next(), None, "each is listed once");
    row.2[column]
}

/// Names of actors, and the actors that they become.
const ACTORS: [(Option<&str>, Actor); 13] = [
    (None, Actor::Anonymous),
    (Some("anonymous"), Actor::Anonymous),
    (Some("user"), Actor::User),
    (Some("admin"), Actor::Admin),
    (Some(""), Actor::Unknown),
    (Some("root"), Actor::Unknown),
    (Some("Admin"), Actor::Unknown),
    (Some("ADMIN"), Actor::Unknown),
    (Some("admin "), Actor::Unknown),
    (Some("admin\0"), Actor::Unknown),
    (Some("adm\u{131}n"), Actor::Unknown),
    (Some("users"), Actor::Unknown),
    (Some("null"), Actor::Unknown),
];

const ROLES: [(Option<&[&str]>, Roles); 8] = [
    (None, Roles::Ordinary),
    (Some(&[]), Roles::Ordinary),
    (Some(&["editor", "viewer"]), Roles::Ordinary),
    (Some(&["Admin", "admin ", "administrator", ""]), Roles::Ordinary),
    (Some(&["admin,editor"]), Roles::Ordinary),
    (Some(&["admin"]), Roles::Admin),
    (Some(&["editor", "admin"]), Roles::Admin),
    (Some(&["admin", "admin"]), Roles::Admin),
];

/// An effect and a reason.
type Decided<'t> = Option<(&'t str, Option<&'t str>)>;

const DECIDED: [(Decided, Decision); 9] = [
    (None, Decision::Absent),
    (Some(("allow", None)), Decision::Allow),
    (Some(("allow", Some("because"))), Decision::Allow),
    (Some(("deny", None)), Decision::Deny),
    (Some(("deny", Some(""))), Decision::Deny),
    (Some(("", None)), Decision::Malformed),
    (Some(("Allow", None)), Decision::Malformed),
    (Some(("allowed", Some("because"))), Decision::Malformed),
    (Some(("maybe", None)), Decision::Malformed),
];

/// Returns a context in which everything except the caller is right.
fn context(actor: Option<&str>, roles: Option<&[&str]>, decision: Decided) -> Context {
    Context {
        actor: actor.map(Actor::from),
        roles: roles.map(|roles| roles.iter().map(|&role| role.to_owned()).collect()),
        decision: decision
            .map(|(effect, reason)| PolicyDecision { effect: effect.into(), reason: reason.map(str::to_owned) }),
        pack: Some(Pack { pack_key: "p".into(), version: "1".into(), title: "P".into(), ..Pack::default() }),
        items: vec![Item {
            item_id: "a".into(),
            kind: "docblock".into(),
            source_key: "s".into(),
            content: json!("c"),
            ..Item::default()
        }],
        ..Context::default()
    }
}

fn input() -> Input {
    Input { pack_key: "p".into(), ..Input::default() }
}

// E3.1-1, E3.1-2, E3.1-3, E3.1-4, E3.1-5, E3.1-6
#[test]
fn admit_gives_every_answer_of_the_table() {
    for (actor, roles, answers) in TABLE {
        for (decision, answer) in DECISIONS.into_iter().zip(answers) {
            let found = match admit(actor, roles, decision) {
                Ok(Grant::Actor) => AsAdmin,
                Ok(Grant::Role) => ByRole,
                Err(problem) => {
                    assert!(problem.issues().is_empty() && !problem.detail().is_empty());
                    match problem.code() {
                        Code::Unauthenticated => WhoAreYou,
                        Code::Forbidden => MayNot,
                        other => panic!("{other:?}"),
                    }
                }
            };
            assert_eq!(found, answer, "{actor:?}, {roles:?}, {decision:?}");
        }
    }
}

/// Returns the answer in the table for a preview: users need no role, and nothing else differs.
fn expected_of_preview(actor: Actor, roles: Roles, decision: Decision) -> Answer {
    let roles = match (actor, roles) {
        (Actor::User, Roles::Ordinary) => Roles::Admin,
        _ => roles,
    };
    expected(actor, roles, decision)
}

fn answer(decided: Result<Grant, context_snapshot::Problem>) -> Answer {
    match decided {
        Ok(Grant::Actor) => AsAdmin,
        Ok(Grant::Role) => ByRole,
        Err(problem) if problem.code() == Code::Unauthenticated => WhoAreYou,
        Err(problem) => {
            assert_eq!(problem.code(), Code::Forbidden);
            MayNot
        }
    }
}

#[test]
fn a_preview_asks_users_for_no_role_and_nobody_for_less() {
    for (actor, roles, _) in TABLE {
        for decision in DECISIONS {
            let expected = expected_of_preview(actor, roles, decision);
            assert_eq!(answer(admit_to_preview(actor, roles, decision)), expected, "{actor:?} {roles:?} {decision:?}");
        }
    }
    for (actor, is) in ACTORS {
        for (roles, role) in ROLES {
            for (decision, decided) in DECIDED {
                let previewed = preview_pack(&input(), &context(actor, roles, decision), None);
                let admitted = matches!(expected_of_preview(is, role, decided), AsAdmin | ByRole);
                assert_eq!(previewed.is_ok(), admitted, "{actor:?} {roles:?} {decision:?}");
            }
        }
    }
}

#[test]
fn the_operation_gives_the_answers_of_the_table() {
    for (actor, is_actor) in ACTORS {
        for (roles, is_roles) in ROLES {
            for (decided, is_decision) in DECIDED {
                let answer = expected(is_actor, is_roles, is_decision);
                let found = snapshot_pack(&input(), &context(actor, roles, decided));
                let what = format!("{actor:?}, {roles:?}, {decided:?}");
                match (answer, found) {
                    (WhoAreYou, Err(problem)) => assert_eq!(problem.code().status(), 401, "{what}"),
                    (MayNot, Err(problem)) => assert_eq!(problem.code().status(), 403, "{what}"),
                    (AsAdmin, Ok(snapshot)) => {
                        let ours = &snapshot.record.metadata["$snapshot"];
                        assert_eq!((&ours["actor"], &ours["grant"]), (&json!("admin"), &json!("actor")), "{what}");
                    }
                    (ByRole, Ok(snapshot)) => {
                        let ours = &snapshot.record.metadata["$snapshot"];
                        assert_eq!((&ours["actor"], &ours["grant"]), (&json!("user"), &json!("role")), "{what}");
                    }
                    (answer, found) => panic!("{what}: expected {answer:?}, found {found:?}"),
                }
            }
        }
    }
}

// E3-7
#[test]
fn a_refused_caller_learns_nothing() {
    // The answer is the same, whatever else is wrong and whether there is a pack or not.
    for (actor, decision) in
        [(None, None), (Some("root"), None), (Some("user"), None), (Some("admin"), Some(("deny", None)))]
    {
        let right = snapshot_pack(&input(), &context(actor, None, decision)).expect_err("a refusal");
        let wrong = Context {
            pack: None,
            items: vec![Item::default()],
            snapshot_id: Some(":".into()),
            ..context(actor, None, decision)
        };
        assert_eq!(snapshot_pack(&Input::default(), &wrong).expect_err("a refusal"), right);
        assert!(right.issues().is_empty());
    }
}

#[test]
fn a_claim_admits_nobody() {
    // Neither the claim of the caller nor the name of a user is a grant.
    let claim = Input { requested_by: Some("admin".into()), ..input() };
    let named = Context { user_id: Some("admin".into()), ..context(Some("user"), None, Some(("allow", None))) };
    assert_eq!(snapshot_pack(&claim, &named).expect_err("a refusal").code(), Code::Forbidden);
    let nobody = Context { user_id: Some("admin".into()), ..context(None, Some(&["admin"]), Some(("allow", None))) };
    assert_eq!(snapshot_pack(&claim, &nobody).expect_err("a refusal").code(), Code::Unauthenticated);
}

// F4-6
#[test]
fn a_grant_has_the_names_that_records_have() {
    assert_eq!((Grant::Actor.as_str(), Grant::Actor.actor()), ("actor", "admin"));
    assert_eq!((Grant::Role.as_str(), Grant::Role.actor()), ("role", "user"));
}

//! Compares two snapshots.

use crate::audit::diff::{SnapshotDiff, difference};
use crate::native::contents::Contents;
use crate::value::evidence::Verdict;
use crate::value::problem::{Code, Issues, Problem};

/// Compares two snapshots by their manifests and indexes, in linear time.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, mut context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// let before = snapshot_pack(&input, &context)?;
/// context.items[1].content = "Open from 8 to 18.".into();
/// let after = snapshot_pack(&input, &context)?;
///
/// let diff = diff_snapshots(Contents::from(&before), Contents::from(&after))?;
/// assert_eq!((diff.changed, diff.unchanged), (vec!["hours".to_owned()], 1));
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if an index and its manifest do not belong together.
// E8.5-2
pub fn diff_snapshots(before: Contents, after: Contents) -> Result<SnapshotDiff, Problem> {
    let mut issues = Issues::default();
    let both = (before.leaves(&["before"], &mut issues), after.leaves(&["after"], &mut issues));
    issues.into_result(Code::ValidationFailed)?;
    let (Some(old), Some(new)) = both else { return Err(Verdict::refusal("the index", Issues::default())) };
    let mut diff = difference(&old, &new);
    diff.pack = before.manifest.pack.differences(&after.manifest.pack);
    Ok(diff)
}

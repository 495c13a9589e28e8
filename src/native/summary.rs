//! Summarizes a snapshot for people, as Markdown.

use serde_json::Value;

use crate::audit::summary;
use crate::native::host::{Host, problems_only};
use crate::value::problem::Problem;
use crate::value::tape::Tape;

/// Summarizes a snapshot as Markdown, for the presentation `context.snapshot.summary`.
///
/// With items, the summary breaks them down by kind and source. No text of a pack can add a link, HTML or a row.
///
/// ```
/// # use context_snapshot::*;
/// # let (input, context): (Input, Context) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/native/example.in"));
/// # let snapshot = snapshot_pack(&input, &context)?;
/// # let record = serde_json::to_value(&snapshot.record).unwrap();
/// # let items: Vec<serde_json::Value> = snapshot.items.iter().map(|item| serde_json::from_str(&item.json).unwrap()).collect();
/// let page = summarize_snapshot(&record, Some(&items))?;
/// assert!(page.starts_with("# Context snapshot of `Shop docs`\n"));
/// assert!(page.contains("| `docblock` | 1 | "));
/// # Ok::<(), Problem>(())
/// ```
///
/// # Errors
/// 422 if the record is wrong, or the items are not those of the record.
pub fn summarize_snapshot<'a>(
    record: &Value,
    items: Option<impl IntoIterator<Item = &'a Value>>,
) -> Result<String, Problem> {
    let mut tape = Tape::default();
    tape.stored_record(record);
    let mut items = items.map(|items| Host::new((), items, |tape, item: &&Value| tape.stored_item(item)));
    problems_only(summary::summarize(&mut tape, items.as_mut()))
}

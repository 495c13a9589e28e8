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

//! Summaries: the presentation `context.snapshot.summary` as data and as Markdown, with content, origin and the way to verify it.
//!
//! Why all text of a pack is in code spans: the author of a pack must not be able to write a link, HTML or another row
//! into a page that an operator trusts. How: text is escaped as in a JSON string. Characters that could end a code span or
//! a cell, and invisible characters (E6.2-2), are written as escapes such as `\u0060`.

use crate::audit::verify;
use crate::format::manifest::Manifest;
use crate::format::record::{self, ProvenanceText, Record};
use crate::operation::host;
use crate::operation::host::{Failure, Stream};
use crate::operation::intake::{Intake, Origin, Subtotal, Subtotals, ValidItem};
use crate::primitives::digest::Digest;
use crate::primitives::object::{Object, array};
use crate::primitives::sanitize;
use crate::primitives::text::{concat, decimal};
use crate::value::evidence::Verdict;
use crate::value::limits::Limits;
use crate::value::tape::Tape;
use crate::value::writer::Writer;

/// Highest number of rows in a table. A final row says how many more there are.
const MAX_ROWS: usize = 100;
/// Highest number of characters of a text. The middle of a longer text is replaced by `…`.
const MAX_TEXT: usize = 256;

/// What a summary says of a snapshot.
pub(crate) struct Summary {
    manifest: Manifest,
    record: Record,
    seal: Digest,
    /// The items by kind and by source, if there were items.
    composition: Option<(Subtotals, Subtotals)>,
}

impl Summary {
    /// Reads the record on the tape. Counts the items by kind and by source, if there are items.
    ///
    /// # Errors
    /// 422 if the record or the items do not pass a verification (E8.5-4, E8.5-5).
    pub(crate) fn read<S: Stream>(tape: &mut Tape, items: Option<&mut S>) -> Result<Self, Failure<S::Error>> {
        let (manifest, record, seal) = record::read_valid(tape)?;
        let composition = match items {
            Some(items) => Some(count_items(&manifest, tape, items)?),
            None => None,
        };
        Ok(Self { manifest, record, seal, composition })
    }

    /// Writes the summary as Markdown (`summarizeSnapshot`).
    pub(crate) fn to_markdown(&self) -> String {
        let mut page = Page::default();
        page.head(self);
        if let Some((kinds, sources)) = &self.composition {
            page.composition(kinds, sources);
        }
        page.provenance(self);
        page.usage(self);
        page.0
    }

    /// Writes the summary as canonical JSON (`summaryOf`). Without items, the lists of kinds and sources are empty.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let Self { manifest, record, seal, composition } = self;
        let (kinds, sources) = composition.as_ref().map(|(kinds, sources)| (kinds, sources)).unzip();
        let provenance = &record.provenance;
        let mut out = Vec::new();
        let mut summary = Object::begin(&mut out);
        summary.digest("hash", record.hash);
        summary.number("itemCount", record.item_count);
        write_subtotals(summary.member("kinds"), kinds, &["kind"]);
        summary.string("packKey", &record.pack_key);
        summary.string("packVersion", &record.pack_version);
        let mut origin = Object::begin(summary.member("provenance"));
        origin.string("actor", record.actor);
        origin.string("createdAt", &record.created_at.text());
        origin.optional("createdBy", record.created_by.as_deref());
        origin.string("grant", record.grant);
        if let Some(parent) = provenance.parent {
            origin.digest("parent", parent);
        }
        origin.optional("reason", provenance.text(ProvenanceText::Reason));
        origin.optional("requestedBy", provenance.text(ProvenanceText::RequestedBy));
        origin.optional("userId", provenance.text(ProvenanceText::UserId));
        origin.end();
        summary.digest("seal", *seal);
        write_subtotals(summary.member("sources"), sources, &["kind", "sourceKey", "sourceVersion"]);
        summary.string("title", &manifest.pack.title);
        summary.end();
        out
    }
}

/// Writes subtotals as a list of objects. `members` has the name of each of their names.
fn write_subtotals(out: &mut Vec<u8>, subtotals: Option<&Subtotals>, members: &[&str]) {
    let rows: Vec<&Subtotal> = subtotals.map(|subtotals| subtotals.in_order().collect()).unwrap_or_default();
    array(out, &rows, |out, Subtotal { names, items, bytes }| {
        let mut row = Object::begin(out);
        row.number("bytes", *bytes);
        row.number("items", *items);
        for (member, name) in members.iter().zip(names) {
            row.string(member, name);
        }
        row.end();
    });
}

/// The Markdown text so far.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// Starts a section with a table.
    fn section(&mut self, title: &str, columns: &[&str]) {
        self.line(&concat(&["\n## ", title, "\n"]));
        self.table(columns);
    }

    /// Starts a table.
    fn table(&mut self, columns: &[&str]) {
        self.row(columns);
        let is_number = |column: &&str| matches!(*column, "Items" | "Canonical bytes");
        let rule: Vec<&str> = columns.iter().map(|column| if is_number(column) { "--:" } else { "---" }).collect();
        self.row(&rule);
    }

    fn row(&mut self, cells: &[&str]) {
        for cell in cells {
            self.0.push_str("| ");
            self.0.push_str(cell);
            self.0.push(' ');
        }
        self.line("|");
    }

    /// Adds a row with a name and a value, if there is a value.
    fn fact(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.row(&[name, &code(value)]);
        }
    }

    fn head(&mut self, Summary { manifest, record, seal, .. }: &Summary) {
        self.line(&concat(&["# Context snapshot of ", &code(&manifest.pack.title), "\n"]));
        self.table(&["", ""]);
        self.fact("Pack", Some(&record.pack_key));
        self.fact("Version", Some(&record.pack_version));
        self.fact("Snapshot", Some(&record.snapshot_id));
        self.fact("Hash", Some(&record.hash.text()));
        self.fact("Seal", Some(&seal.text()));
        self.row(&["Items", &grouped(manifest.item_count)]);
    }

    fn composition(&mut self, kinds: &Subtotals, sources: &Subtotals) {
        self.section("Composition", &["Kind", "Items", "Canonical bytes"]);
        self.counts(kinds);
        self.line("");
        self.table(&["Kind, source, version", "Items", "Canonical bytes"]);
        self.counts(sources);
    }

    /// Adds a row for each subtotal. The last row sums up the rows that are not shown, so that the columns add up.
    fn counts(&mut self, subtotals: &Subtotals) {
        let mut rest = (0, 0);
        for (row, Subtotal { names, items, bytes }) in subtotals.in_order().enumerate() {
            if row < MAX_ROWS {
                self.row(&[&spans(names, " "), &grouped(*items), &grouped(*bytes)]);
            } else {
                rest = (rest.0 + items, rest.1 + bytes);
            }
        }
        if let Some(more) = and_more(subtotals.len()) {
            self.row(&[&more, &grouped(rest.0), &grouped(rest.1)]);
        }
    }

    fn provenance(&mut self, Summary { manifest, record, .. }: &Summary) {
        let pack = &manifest.pack;
        let provenance = &record.provenance;
        self.section("Provenance", &["", ""]);
        self.fact("Created at", Some(&record.created_at.text()));
        let facts = |page: &mut Self, facts: &[(&str, ProvenanceText)]| {
            for &(name, text) in facts {
                page.fact(name, provenance.text(text));
            }
        };
        facts(
            self,
            &[
                ("Authenticated user", ProvenanceText::UserId),
                ("Requested by (unverified)", ProvenanceText::RequestedBy),
            ],
        );
        self.fact("Admitted as", Some(record.actor));
        self.fact("Admitted by", Some(record.grant));
        facts(
            self,
            &[
                ("Reason", ProvenanceText::Reason),
                ("Tenant", ProvenanceText::TenantId),
                ("Organization", ProvenanceText::OrganizationId),
                ("Workspace", ProvenanceText::WorkspaceId),
                ("Channel", ProvenanceText::Channel),
                ("Trace", ProvenanceText::TraceId),
                ("Idempotency key", ProvenanceText::IdemKey),
            ],
        );
        self.fact("Seal of the parent", provenance.parent.map(Digest::text).as_deref());
        self.fact("Description", pack.description.as_deref());
        self.list("Owners", pack.owners.as_deref());
        self.list("Tags", pack.tags.as_deref());
        let sources = pack.sources.as_deref().unwrap_or_default();
        if sources.is_empty() {
            return;
        }
        self.line("");
        self.table(&["Pack source", "Version", "Required", "Description"]);
        for source in sources.iter().take(MAX_ROWS) {
            let optional = |text: &Option<String>| text.as_deref().map(code).unwrap_or_default();
            let required = if source.required == Some(true) { "yes" } else { "no" };
            let name = concat(&[&code(&source.kind), " ", &code(&source.key)]);
            self.row(&[&name, &optional(&source.version), required, &optional(&source.description)]);
        }
        if let Some(more) = and_more(sources.len()) {
            self.row(&[&more, "", "", ""]);
        }
    }

    /// Adds a row with a name and a list of values, if the list is not empty.
    fn list(&mut self, name: &str, values: Option<&[String]>) {
        let Some(values) = values.filter(|values| !values.is_empty()) else { return };
        let mut shown = spans(&values[..values.len().min(MAX_ROWS)], ", ");
        if let Some(more) = and_more(values.len()) {
            shown = concat(&[&shown, ", ", &more]);
        }
        self.row(&[name, &shown]);
    }

    fn usage(&mut self, Summary { record, seal, .. }: &Summary) {
        self.line("\n## Usage\n");
        self.line(
            "A run that used this context names the snapshot. Anyone with its record and items can verify them:\n",
        );
        self.line("```js");
        self.line("import { verifySnapshot } from '@lssm-tech/lib.context-snapshot';");
        let (hash, seal) = (record.hash.text(), seal.text());
        self.line("verifySnapshot({\n  record,\n  items,\n  expect: {");
        self.line(&concat(&["    hash: '", &hash, "',\n    seal: '", &seal, "',\n  },\n}).valid;"]));
        self.line("```\n");
        self.line("The hash covers only the content; the seal also covers who made the snapshot, when and why.");
        self.line(
            "Neither is a signature: compare them with values kept elsewhere, in the run or in a signed statement.",
        );
    }
}

/// Counts the items by kind and by source.
///
/// # Errors
/// 422 if the items are not those of the manifest (E8.5-5).
fn count_items<S: Stream>(
    manifest: &Manifest,
    tape: &mut Tape,
    items: &mut S,
) -> Result<(Subtotals, Subtotals), Failure<S::Error>> {
    let mut intake = Intake::new(manifest.pack.sources(), true, Limits::default());
    let (mut kinds, mut sources) = (Subtotals::default(), Subtotals::default());
    let mut valid = |item: ValidItem, origin: Origin| {
        let source = origin.source();
        let mut names = vec![&*source.kind, &*source.key];
        names.extend(source.version.as_deref());
        sources.add(&names, item.length);
        kinds.add(&[&source.kind], item.length);
    };
    host::read_all(items, tape, &mut Writer::default(), &mut intake, &mut valid, |_, _| {}).map_err(Failure::Host)?;
    match verify::check_items(&mut intake, manifest) {
        Some(_) if intake.issues.is_empty() => Ok((kinds, sources)),
        _ => Err(Verdict::refusal("the items", intake.issues).into()),
    }
}

/// Returns the text "and N more" for a list of `total` rows; `None` if all of them are shown.
fn and_more(total: usize) -> Option<String> {
    let hidden = total.checked_sub(MAX_ROWS + 1)? + 1;
    Some(concat(&["and ", &grouped(hidden as u64), " more"]))
}

/// Writes texts as code spans, joined with a separator.
fn spans(texts: &[String], separator: &str) -> String {
    let mut spans = String::new();
    for text in texts {
        if !spans.is_empty() {
            spans.push_str(separator);
        }
        spans.push_str(&code(text));
    }
    spans
}

/// Writes a text as a code span, in which nothing is Markdown.
fn code(text: &str) -> String {
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    let mut span = String::from("`");
    // A loop, because `count` would make the WebAssembly module 0.9 kB larger.
    let mut length = 0;
    for _ in text.chars() {
        length += 1;
    }
    for (position, character) in text.chars().enumerate() {
        if length > MAX_TEXT && (MAX_TEXT / 2..length - MAX_TEXT / 2).contains(&position) {
            if position == MAX_TEXT / 2 {
                span.push('…');
            }
            continue;
        }
        match character {
            '\n' => span.push_str("\\n"),
            '\t' => span.push_str("\\t"),
            '\\' => span.push_str("\\\\"),
            // Markdown strips a blank from both ends of a code span.
            ' ' if position == 0 || position == length - 1 => sanitize::push_escape(&mut span, character),
            '`' | '|' => sanitize::push_escape(&mut span, character),
            _ => sanitize::push_sanitized(&mut span, character),
        }
    }
    span.push('`');
    span
}

/// Writes a number with commas between the thousands.
fn grouped(number: u64) -> String {
    let digits = decimal(number);
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

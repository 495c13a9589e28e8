//! Workspaces: the walker, the tape and the writer of an operation, and how values get from JavaScript onto the tape.

use std::cell::Cell;

use wasm_bindgen::JsValue;

use super::imports::{ReadTask, TEXT, VALUE_TEXT, Walker, WordCount, hand_over};
use super::results::thrown;
use crate::format::item;
use crate::platform;
use crate::primitives::digest;
use crate::value::limits::Limits;
use crate::value::problem::Problem;
use crate::value::tape::{CUT, Room, Tape};
use crate::value::writer::Writer;

/// What `deliverText_` returns for text that needs more room.
const NOT_ASCII: i32 = -1;
/// What it returns for text that the host copies faster as UTF-16.
const AS_UNITS: i32 = -3;
/// Highest number of bytes of JSON text for each byte that the document may have. Escapes take up to 6; the rest is white space.
const MAX_BYTES_OF_TEXT: usize = 8;
/// Text is copied into room for one more character (`js/memory.js`).
const ROOM_FOR_ONE_MORE: usize = 4;

/// Returns the number of bytes before the first one that is not UTF-8.
fn valid_length(bytes: &[u8]) -> usize {
    std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len)
}

impl Walker {
    /// Moves a value that was read onto the tape. Returns `false` if there is none.
    pub(crate) fn receive(&self, words: WordCount, tape: &mut Tape) -> bool {
        let count = words.unsigned_abs() as usize;
        if words < 0 {
            let Room { words, text, ascii } = tape.room(count, self.text_length());
            self.deliver(words.as_mut_ptr(), words.len(), text.as_mut_ptr(), text.len(), ascii.as_mut_ptr());
        }
        if count > 0 {
            tape.learn(count);
        }
        count > 0
    }

    /// Like [`Self::receive`], for a value that may be JSON text.
    ///
    /// # Errors
    /// If text cannot be copied because its array has grown, or if the stack is full while it is parsed.
    pub(crate) fn receive_value(&self, words: WordCount, tape: &mut Tape) -> Result<bool, JsValue> {
        if let TEXT..=VALUE_TEXT = words { self.receive_text(words, tape) } else { Ok(self.receive(words, tape)) }
    }

    /// Copies JSON text onto the tape. Canonical JSON of an item is recognized; other text is parsed by a script.
    #[inline(never)]
    fn receive_text(&self, kind: WordCount, tape: &mut Tape) -> Result<bool, JsValue> {
        let length = self.text_length();
        // F7.4-9, E4-23
        if length > MAX_BYTES_OF_TEXT.saturating_mul(tape.limits.document_bytes) {
            tape.clear();
            tape.mark(CUT);
            return Ok(true);
        }
        let mut room = length + ROOM_FOR_ONE_MORE;
        let mut bytes = self.deliver_text(tape.json_room(room).as_mut_ptr(), room)?;
        if bytes == NOT_ASCII {
            room *= 3;
            bytes = self.deliver_text(tape.json_room(room).as_mut_ptr(), room)?;
        }
        let length = if bytes == AS_UNITS {
            self.deliver_text(tape.room(0, length).text.as_mut_ptr().cast(), 0)?;
            tape.json_from_units(length)
        } else {
            usize::try_from(bytes).unwrap_or_default()
        };
        // 0 for a string with an unpaired surrogate, which is not parsed from its bytes.
        let json = tape.json_text(length);
        let valid = if bytes == AS_UNITS || self.is_string() { length } else { valid_length(json) };
        if valid == length && length > 0 && kind != VALUE_TEXT && item::recognize(tape, length) {
            return Ok(true);
        }
        let start = tape.json_text(length).as_ptr();
        self.receive(self.parse_text(kind, start, valid, valid == length)?, tape);
        tape.is_mistake = self.is_mistake();
        Ok(true)
    }

    pub(crate) fn read(&self, task: ReadTask, of: &JsValue) -> Result<WordCount, JsValue> {
        self.read_by_number(task as u32, of)
    }

    pub(crate) fn read_onto(&self, tape: &mut Tape, task: ReadTask, of: &JsValue) -> Result<bool, JsValue> {
        Ok(self.receive(self.read(task, of)?, tape))
    }
}

/// A walker, the tape that has learnt the same names, and a writer.
struct Workspace {
    walker: Walker,
    tape: Tape,
    writer: Writer,
}

thread_local! {
    /// The workspace that is not in use. Kept because learning names and shapes again is a large part of the time of a small
    /// pack (`docs/DESIGN.md`, "Keys and shapes").
    static SPARE: Cell<Option<Box<Workspace>>> = const { Cell::new(None) };
}

/// Takes the spare workspace, or makes one. The first call also finds out whether the host has a SHA-256 of its own.
fn take_workspace() -> Box<Workspace> {
    SPARE.take().unwrap_or_else(|| {
        let memory = wasm_bindgen::memory();
        digest::use_native(platform::sha256(&memory));
        Box::new(Workspace { walker: Walker::new(&memory), tape: Tape::default(), writer: Writer::default() })
    })
}

/// Keeps a workspace for the next operation, unless it has become large.
fn put_back(workspace: Box<Workspace>) {
    if workspace.walker.end_operation() && workspace.tape.is_small() && workspace.writer.is_small() {
        SPARE.set(Some(workspace));
    }
}

/// Runs an operation in a workspace of its own.
///
/// INVARIANT: everything with named members that the walker reads goes onto this tape, and so does the first value, because
/// that brings what the walker has learnt in an operation that failed.
pub(crate) fn in_workspace<R>(operation: impl FnOnce(&Walker, &mut Tape, &mut Writer) -> R) -> R {
    let mut workspace = take_workspace();
    workspace.tape.limits = Limits::default();
    let result = operation(&workspace.walker, &mut workspace.tape, &mut workspace.writer);
    put_back(workspace);
    result
}

/// Runs an operation that reads a single value.
pub(crate) fn with_value<R>(
    read: impl FnOnce(&Walker) -> Result<WordCount, JsValue>,
    operation: impl FnOnce(&Tape) -> Result<R, Problem>,
) -> Result<R, JsValue> {
    in_workspace(|walker, tape, _| {
        walker.receive_value(read(walker).map_err(hand_over)?, tape).map_err(hand_over)?;
        operation(tape).map_err(|problem| thrown(&problem))
    })
}

//! Finds everything that is wrong with a value on the tape, with its path.
//!
//! Why separate from writing: a valid value is written without ever building a path. Only an invalid one is walked a second
//! time, to find every issue in it in the order of the contract. How: a [`Check`] walks the tape, keeps the current path and
//! collects issues; each method returns the value if it is valid. Codes and messages are those of zod 4, because the host's
//! own schemas use zod (ERRORS 4).

use crate::contract::{MAX_COUNT, RESERVED_MEMBER};
use crate::primitives::digest::{Digest, InvalidDigest};
use crate::primitives::sanitize::sanitize;
use crate::primitives::text::{concat, decimal};
use crate::primitives::time::{self, RANGE, Timestamp};
use crate::primitives::utf16::{lossy, utf8};
use crate::value::evidence::{Comparable, Equal, OptionalText};
use crate::value::problem::quoted_or_nothing;
use crate::value::problem::{IssueCode, Issues, Path};
use crate::value::tape::{At, Key, NOWHERE, Tape, Value};

/// Whether a member may be left out (E4.2-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    /// May be absent, but not `null` (E4.2-3).
    Optional,
    /// May be absent or `null` (E4.2-2).
    OptionalOrNull,
}

/// The forms that an instant may have besides a date object and RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// No other form.
    Strict,
    /// Also a number of milliseconds since the epoch.
    OrMilliseconds,
    /// Also the text that `PostgreSQL` writes (E8.1-32).
    Stored,
}

/// A time below this number is probably in seconds: in milliseconds it would be before March 1973 (E4-9).
const SECONDS_BELOW: f64 = 1e11;

/// Evidence that an object has no unknown members.
#[derive(Debug)]
pub(crate) struct NoUnknownMembers(());

/// A walk over a tape: the current path, and the issues found so far.
pub(crate) struct Check<'t> {
    pub(crate) tape: &'t Tape,
    pub(crate) path: Path,
    pub(crate) issues: &'t mut Issues,
    /// Path at which a document that is too long is reported. `None` once that was reported.
    document: Option<Path>,
    /// Path lengths of the containers around the current JSON value, outermost first.
    container_paths: Vec<usize>,
    /// If true, `null` in an optional member gets the hint [`NULL_WITH_HINT`].
    hints_at_null: bool,
    /// True if the current value is such a `null`.
    is_optional_null: bool,
}

/// The `received` of a message about an optional member that is `null`, as in a row of a store (E4.1-7).
const NULL_WITH_HINT: &str = "null (leave the member out; verifySnapshot accepts null in rows of a store)";

impl<'t> Check<'t> {
    /// Begins a walk over a document whose root is at `path`.
    pub(crate) fn new(tape: &'t Tape, issues: &'t mut Issues, path: Path) -> Self {
        Self {
            tape,
            document: Some(path.clone()),
            path,
            issues,
            container_paths: Vec::new(),
            hints_at_null: false,
            is_optional_null: false,
        }
    }

    /// Sets the path at which a document that is too long is reported.
    pub(crate) fn in_document(self, path: Path) -> Self {
        Self { document: Some(path), ..self }
    }

    /// Adds a hint to issues about a `null` in an optional member, because the value may be a row of a store.
    pub(crate) fn with_null_hint(self) -> Self {
        Self { hints_at_null: true, ..self }
    }

    /// Runs `inside` with the path of the member or element `name`.
    pub(crate) fn member<R>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        let outside = self.path.enter(name);
        let result = inside(self);
        self.path.leave(outside);
        result
    }

    /// Like [`Self::member`], for a value inside a JSON value.
    fn part<R>(&mut self, name: &str, inside: impl FnOnce(&mut Self) -> R) -> R {
        self.container_paths.push(self.path.len());
        let result = self.member(name, inside);
        self.container_paths.pop();
        result
    }

    /// Adds an issue about the member `name`.
    #[inline(never)]
    pub(crate) fn issue(&mut self, name: &str, code: IssueCode, message: String) {
        self.member(name, |check| check.issues.push(&check.path, code, message));
    }

    /// Reports that the member `name` has the wrong type.
    #[inline(never)]
    fn wrong_member(&mut self, name: &str, expected: &str, at: At) {
        self.member(name, |check| check.wrong(expected, at));
    }

    /// Reports the mistake in the JSON text that the value should have been read from; returns false if there is none.
    // F7.4-5, E4-17, E6-3
    pub(crate) fn text_mistake(&mut self) -> bool {
        let Value::Tuple(first) = self.tape.value(At(0)) else { return false };
        if !self.tape.is_mistake {
            return false;
        }
        let [is_duplicate, path, before] = self.tape.slots(first);
        let mut inside = self.path.clone();
        if let Value::String(path) = self.tape.value(path)
            && !path.is_empty()
        {
            inside.enter(&lossy(&path));
        }
        if !matches!(self.tape.value(before), Value::String(_)) {
            self.issues.too_deep(&inside);
            return true;
        }
        let part = |at| if let Value::String(text) = self.tape.value(at) { lossy(&text) } else { String::new() };
        let foreign = self.tape.after(before);
        let message = concat(&[&part(before), &sanitize(&part(foreign)), &part(self.tape.after(foreign))]);
        let is_duplicate = matches!(self.tape.value(is_duplicate), Value::Boolean(true));
        let code = if is_duplicate { IssueCode::Duplicate } else { IssueCode::InvalidFormat };
        self.issues.push(&inside, code, message);
        true
    }

    /// Reports that the value at `at` is not `expected` (E4-2).
    // E4.1-1
    pub(crate) fn wrong(&mut self, expected: &str, at: At) {
        match self.tape.value(at) {
            Value::Cut(true) => self.too_long(),
            // Reading stopped because there were too many bad values, and these are listed.
            Value::Cut(false) => {}
            Value::Deep(0) => self.issues.too_deep(&self.path),
            Value::Deep(up) => {
                let there =
                    self.container_paths.len().checked_sub(up).and_then(|level| self.container_paths.get(level));
                self.issues.cycle(&self.path, expected, there.copied().unwrap_or_default());
            }
            Value::Null if std::mem::take(&mut self.is_optional_null) => {
                self.issues.invalid_type(&self.path, expected, NULL_WITH_HINT);
            }
            value => self.issues.invalid_type(&self.path, expected, &received(value)),
        }
    }

    /// Reports that the document is too long, at most once for each document (E5-8).
    // E4-5
    pub(crate) fn too_long(&mut self) {
        if let Some(document) = self.document.take() {
            self.issues.too_long(&document);
        }
    }

    /// Returns true if the member is left out and may be: it is absent, or it is `null` and `need` allows that.
    // E4.2-2, E4.2-3
    #[inline(never)]
    pub(crate) fn is_left_out(&mut self, need: Need, at: At) -> bool {
        let value = self.tape.value(at);
        self.is_optional_null = self.hints_at_null && need == Need::Optional && matches!(value, Value::Null);
        match value {
            Value::Absent => need != Need::Required,
            Value::Null => need == Need::OptionalOrNull,
            _ => false,
        }
    }

    /// Reads a string without unpaired surrogates.
    pub(crate) fn string(&mut self, name: &str, at: At, need: Need) -> Option<String> {
        if self.is_left_out(need, at) {
            return None;
        }
        self.member(name, |check| {
            if let Value::String(units) = check.tape.value(at) {
                return check.well_formed(&units);
            }
            check.wrong("string", at);
            None
        })
    }

    /// Reads a string that must not be empty (E4.2-4, E4-3).
    pub(crate) fn non_empty(&mut self, name: &str, at: At, need: Need) -> Option<String> {
        let string = self.string(name, at, need)?;
        if string.is_empty() {
            self.member(name, |check| check.issues.empty_string(&check.path));
            return None;
        }
        Some(string)
    }

    /// Converts a string; reports an unpaired surrogate (F9.2-5, E4-6).
    fn well_formed(&mut self, units: &[u16]) -> Option<String> {
        match unpaired_surrogate(units) {
            Some(index) => self.issues.unpaired_surrogate(&self.path, index),
            None => return Some(lossy(units)),
        }
        None
    }

    /// Reads a boolean.
    pub(crate) fn boolean(&mut self, name: &str, at: At, need: Need) -> Option<bool> {
        if self.is_left_out(need, at) {
            return None;
        }
        if let Value::Boolean(value) = self.tape.value(at) {
            return Some(value);
        }
        self.wrong_member(name, "boolean", at);
        None
    }

    /// Reads a number of items: an integer from 0 to 2^53 - 1 (F10-3, E8.1-17).
    pub(crate) fn count(&mut self, name: &str, at: At) -> Option<u64> {
        let count = integer(self.tape.value(at));
        if count.is_none() {
            self.wrong_member(name, "integer from 0 to 9007199254740991", at);
        }
        count
    }

    /// Reads a string that must be one of `known`. Pass a string twice to allow only that one
    /// (E8.1-17).
    pub(crate) fn one_of(&mut self, name: &str, at: At, known: [&'static str; 2]) -> Option<&'static str> {
        let found = self.string(name, at, Need::Required)?;
        let matching = known.into_iter().find(|&known| known == found);
        if matching.is_none() {
            let (one, other) = (quoted_or_nothing(Some(known[0])), quoted_or_nothing(Some(known[1])));
            let expected = if one == other { one } else { concat(&[&one, " or ", &other]) };
            self.mismatch(name, &expected, &quoted_or_nothing(Some(&found)));
        }
        matching
    }

    /// Reports that the member `name` differs from the expected value (E8-12). Both texts must be ready for the message.
    #[inline(never)]
    pub(crate) fn mismatch(&mut self, name: &str, expected: &str, found: &str) {
        self.member(name, |check| check.issues.mismatch(&check.path, expected, found));
    }

    /// Compares the computed value of the member `name` with the claimed one, if that could be read. Reports a mismatch if
    /// they differ, and returns evidence if they are equal.
    // E8-12, E8-15
    #[inline(never)]
    pub(crate) fn compare<'v, K: Comparable>(
        &mut self,
        name: &str,
        computed: K::Value<'v>,
        claimed: Option<K::Value<'v>>,
    ) -> Option<Equal<K>> {
        let claimed = claimed?;
        let equal = Equal::of(computed, claimed);
        if equal.is_none() {
            self.mismatch(name, &K::in_message(computed), &K::in_message(claimed));
        }
        equal
    }

    /// Like [`Self::compare`], for strings that may be absent.
    #[inline(always)]
    #[allow(clippy::option_option, reason = "three cases: unreadable, absent, a text")]
    pub(crate) fn compare_text(
        &mut self,
        name: &str,
        computed: Option<&str>,
        claimed: Option<Option<&str>>,
    ) -> Option<Equal<OptionalText>> {
        self.compare(name, computed, claimed)
    }

    /// Begins a document at the current path: if it is too long, that is reported here.
    pub(crate) fn begin_document(&mut self) {
        self.document = Some(self.path.clone());
    }

    /// Returns the positions of the named members of an object, and the names of its other members. In a tuple, the members
    /// must be those of `names`, in that order; there are no others. Reports any other value.
    pub(crate) fn object<const N: usize>(&mut self, at: At, names: [&str; N]) -> Option<([At; N], Vec<Key<'t>>)> {
        let mut found = [NOWHERE; N];
        let others = self.find(at, &names, &mut found)?;
        Some((found, others))
    }

    #[inline(never)]
    fn find(&mut self, at: At, names: &[&str], found: &mut [At]) -> Option<Vec<Key<'t>>> {
        if let Value::Tuple(first) = self.tape.value(at) {
            self.tape.fill_slots(first, found);
            return Some(Vec::new());
        }
        let others = self.tape.find(at, names, found);
        if others.is_none() {
            self.wrong("object", at);
        }
        others
    }

    /// Reports members that are not known (E8-8).
    pub(crate) fn unknown(&mut self, names: Vec<Key>) {
        for name in names {
            self.unknown_name(&lossy(name.units()), "");
        }
    }

    /// Reports an unknown member. `hint` is appended to the message; it may be empty.
    pub(crate) fn unknown_name(&mut self, name: &str, hint: &str) {
        self.issue(name, IssueCode::Extra, concat(&["Unknown member: ", &sanitize(name), hint]));
    }

    /// Reports each name in the array at `at` as an unknown member; returns evidence if there is none. `at` must be absent or
    /// an array of strings; any other value counts as an unknown name, so that a mistake in a boundary is never valid.
    pub(crate) fn unknown_names(&mut self, at: At, hint: fn(&str) -> &'static str) -> Option<NoUnknownMembers> {
        let (count, mut at) = match self.tape.value(at) {
            Value::Absent => return Some(NoUnknownMembers(())),
            Value::Array(count, first) => (count, first),
            _ => (1, at),
        };
        for _ in 0..count {
            let name = match self.tape.value(at) {
                Value::String(units) => lossy(&units),
                _ => "…".to_owned(),
            };
            self.unknown_name(&name, hint(&name));
            at = self.tape.after(at);
        }
        (count == 0).then_some(NoUnknownMembers(()))
    }

    /// Reads an array, element by element. Invalid elements are reported by `element` and left out. Returns `None` if the
    /// array is absent or not an array.
    pub(crate) fn array<T>(
        &mut self,
        name: &str,
        at: At,
        element: impl Fn(&mut Self, &str, At) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut values = Vec::new();
        self.each(name, at, &mut |check, position, at| {
            if let Some(value) = element(check, position, at) {
                values.push(value);
            }
        })
        .then_some(values)
    }

    /// Calls `element` for each element of an array. Returns false if the array is absent or not an array.
    #[inline(never)]
    fn each(&mut self, name: &str, at: At, element: &mut dyn FnMut(&mut Self, &str, At)) -> bool {
        if self.is_left_out(Need::Optional, at) {
            return false;
        }
        self.member(name, |check| {
            let Value::Array(count, mut next) = check.tape.value(at) else {
                check.wrong("array", at);
                return false;
            };
            for position in 0..count {
                element(check, &decimal(position as u64), next);
                next = check.tape.after(next);
            }
            true
        })
    }

    /// Reads an instant: a date, a string of RFC 3339, or another form that `form` allows (F5.1-2, F5.1-4, E4.3-1).
    // E4-10
    pub(crate) fn time(&mut self, name: &str, at: At, need: Need, form: TimeForm) -> Option<Timestamp> {
        const SECONDS: &str = "looks like seconds: milliseconds are expected";
        if self.is_left_out(need, at) {
            return None;
        }
        self.member(name, |check| {
            let explanation;
            let (time, wrong) = match check.tape.value(at) {
                Value::Date(value, _) if value.is_nan() => {
                    check.issues.invalid_type(&check.path, "date", "Invalid Date");
                    return None;
                }
                Value::Date(value, _) => (Timestamp::from_time_value(value), RANGE),
                // An `Integer` has at most 28 bits, so it is below `SECONDS_BELOW` (E4-9).
                Value::Integer(0..) if form == TimeForm::OrMilliseconds => (None, SECONDS),
                Value::Integer(_) if form == TimeForm::OrMilliseconds => (None, RANGE),
                Value::Double(value) if form == TimeForm::OrMilliseconds && (0.0..SECONDS_BELOW).contains(&value) => {
                    (None, SECONDS)
                }
                Value::Double(value) if form == TimeForm::OrMilliseconds => (Timestamp::from_time_value(value), RANGE),
                Value::String(units) => {
                    if let Some(millis) = millis_of_text(&units, form) {
                        (Timestamp::from_millis(millis), RANGE)
                    } else {
                        explanation = time::explain_invalid(&lossy(&units)); // E4-8
                        (None, &*explanation)
                    }
                }
                _ => {
                    check.wrong("date", at);
                    return None;
                }
            };
            if time.is_none() {
                check.issues.push(&check.path, IssueCode::InvalidFormat, concat(&["Invalid time: ", wrong]));
            }
            time
        })
    }

    /// Reads an identifier that the host chose. It has no `:`, which would make row ids ambiguous (F5.2-1, F5.4-1, E4-11).
    pub(crate) fn snapshot_id(&mut self, name: &str, at: At, need: Need) -> Option<String> {
        let id = self.non_empty(name, at, need)?;
        if id.bytes().any(|byte| byte == b':') {
            let message = "Invalid snapshotId: expected no colon (:), which separates it from item ids in row ids";
            self.issue(name, IssueCode::InvalidFormat, message.to_owned());
            return None;
        }
        Some(id)
    }

    /// Reads a digest (E4-7).
    pub(crate) fn digest(&mut self, name: &str, at: At, need: Need) -> Option<Digest> {
        let digest = self.string(name, at, need)?.parse::<Digest>();
        if digest.is_err() {
            self.issue(name, IssueCode::InvalidFormat, InvalidDigest::TEXT.to_owned());
        }
        digest.ok()
    }

    /// Checks an object of JSON values, and reports everything that is wrong in it, at any depth. O(n).
    pub(crate) fn record(&mut self, at: At) {
        match self.tape.value(at) {
            Value::Object(..) | Value::Shaped(..) => self.json(at),
            _ => self.wrong("record", at),
        }
    }

    /// Checks a JSON value, and reports everything that is wrong in it, at any depth (FORMAT 7, E5-5). O(n).
    pub(crate) fn json(&mut self, at: At) {
        match self.tape.value(at) {
            Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Double(_) => {}
            Value::String(units) => {
                if let Some(index) = unpaired_surrogate(&units) {
                    self.issues.unpaired_surrogate(&self.path, index);
                }
            }
            Value::Array(count, mut next) => {
                for position in 0..count {
                    self.part(&decimal(position as u64), |check| check.json(next));
                    next = self.tape.after(next);
                }
            }
            Value::Object(..) | Value::Shaped(..) => self.members(at, |check, _, value| check.json(value)),
            _ => self.wrong("JSON value", at), // F7.2-1, F7.2-3
        }
    }

    /// Calls `each` for the members of an object, in its own order (E5-5), and checks their names (E6-2).
    fn members(&mut self, at: At, mut each: impl FnMut(&mut Self, Key, At)) {
        for (key, value) in self.tape.members(at).unwrap_or_default() {
            let name = key.units();
            self.part(&lossy(name), |check| {
                if let Some(index) = unpaired_surrogate(name) {
                    check.issues.unpaired_surrogate(&check.path, index);
                }
                each(check, key, value);
            });
        }
    }

    /// Checks the `metadata` of an input: an object of JSON values in which one name is reserved (F4-4,
    /// E4-12). O(n).
    pub(crate) fn input_metadata(&mut self, at: At) {
        if !matches!(self.tape.value(at), Value::Object(..) | Value::Shaped(..)) {
            return self.record(at);
        }
        self.members(at, |check, key, value| {
            if key.is(RESERVED_MEMBER) {
                check.issues.push(&check.path, IssueCode::Reserved, concat(&["Reserved member: ", RESERVED_MEMBER]));
            } else {
                check.json(value);
            }
        });
    }
}

/// Reads an instant in any form in which stores return it. Returns `None` if it is invalid; reports nothing.
pub(crate) fn stored_time(value: Value) -> Option<Timestamp> {
    match value {
        Value::Date(value, _) => Timestamp::from_time_value(value),
        Value::String(units) => Timestamp::from_millis(millis_of_text(&units, TimeForm::Stored)?),
        _ => None,
    }
}

/// Parses an RFC 3339 instant from UTF-16.
pub(crate) fn parse_time(units: &[u16]) -> Option<Timestamp> {
    Timestamp::from_millis(millis_of_text(units, TimeForm::Strict)?)
}

fn millis_of_text(units: &[u16], form: TimeForm) -> Option<i64> {
    Timestamp::millis_of_text(&utf8(units)?, form == TimeForm::Stored)
}

/// Reads an integer from 0 to 2^53 - 1: a number of items, or a position among them (F10-3).
pub(crate) fn integer(value: Value) -> Option<u64> {
    match value {
        Value::Integer(value) => u64::try_from(value).ok(),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "integers below 2^53"
        )]
        Value::Double(value) if value.fract() == 0.0 && (0.0..=MAX_COUNT as f64).contains(&value) => Some(value as u64),
        _ => None,
    }
}

/// Returns the index of the first unpaired surrogate (F9.2-5). O(n).
pub(crate) fn unpaired_surrogate(units: &[u16]) -> Option<usize> {
    let mut index = 0;
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok(character) => index += character.len_utf16(),
            Err(_) => return Some(index),
        }
    }
    None
}

/// Returns the name of the type of a value, as zod calls it (E4.1-2).
fn received(value: Value) -> String {
    match value {
        Value::Absent | Value::Cut(_) => "undefined",
        Value::Null => "null",
        Value::Boolean(_) => "boolean",
        Value::Integer(_) | Value::Double(_) => "number",
        Value::String(_) => "string",
        Value::Array(..) => "array",
        Value::Object(..) | Value::Shaped(..) | Value::Tuple(..) | Value::Deep(_) => "object",
        Value::Date(_, units) | Value::Bad(units) => return lossy(&units),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::tape;
    use crate::value::tape::{ABSENT, ARRAY, DATE, NULL};

    /// Runs `check` on the value that `write` writes; returns its result and its issues.
    fn run<T>(write: impl FnOnce(&mut Tape), check: impl FnOnce(&mut Check) -> T) -> (T, Vec<String>) {
        let mut tape = Tape::default();
        write(&mut tape);
        let mut issues = Issues::default();
        let result = check(&mut Check::new(&tape, &mut issues, Path::of(&["root"])));
        let messages = issues.into_vec().into_iter().map(|issue| format!("{}: {}", issue.path, issue.message));
        (result, messages.collect())
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    fn write_date(tape: &mut Tape, value: f64) {
        let bits = value.to_bits();
        [DATE, bits as u32, (bits >> 32) as u32, 0].into_iter().for_each(|word| tape.mark(word));
    }

    const FORMS: [TimeForm; 3] = [TimeForm::Strict, TimeForm::OrMilliseconds, TimeForm::Stored];
    const RANGE: &str = "root.at: Invalid time: expected an instant from 1970 to 9999";

    #[test]
    fn accepts_a_date_in_every_time_form() {
        for form in FORMS {
            let time =
                |value: f64| run(|tape| write_date(tape, value), |check| check.time("at", At(0), Need::Required, form));
            assert_eq!(time(5.0), (Timestamp::from_millis(5), vec![]));
            assert_eq!(time(-1.0), (None, vec![RANGE.to_owned()]));
            let invalid = "root.at: Invalid input: expected date, received Invalid Date";
            assert_eq!(time(f64::NAN), (None, vec![invalid.to_owned()]));
        }
    }

    // E4.2-3
    #[test]
    fn adds_the_hint_about_null_only_in_rows_and_for_optional_members() {
        let message = |need: Need, in_row: bool| {
            let found = run(
                |tape| tape.mark(NULL),
                |check| {
                    let mut issues = Issues::default();
                    let inner = Check::new(check.tape, &mut issues, Path::default());
                    let mut inner = if in_row { inner.with_null_hint() } else { inner };
                    inner.string("at", At(0), need);
                    issues.into_vec().remove(0).message
                },
            );
            found.0
        };
        let plain = "Invalid input: expected string, received null";
        let hinted = "Invalid input: expected string, received null (leave the member out; verifySnapshot accepts null in rows of a store)";
        assert_eq!(message(Need::Optional, true), hinted);
        assert_eq!(message(Need::Required, true), plain);
        assert_eq!(message(Need::Optional, false), plain);
    }

    #[test]
    fn accepts_milliseconds_only_if_the_form_allows_them() {
        // E4-9, E4-10, E4.3-1
        for form in FORMS {
            let time = |write: &dyn Fn(&mut Tape)| {
                run(|tape| write(tape), |check| check.time("at", At(0), Need::Required, form))
            };
            let integer = |value: u32| move |tape: &mut Tape| tape.mark(tape::INTEGER | value << tape::KIND_BITS);
            let double = |value: f64| move |tape: &mut Tape| tape.number(value);
            if form == TimeForm::OrMilliseconds {
                let seconds = "root.at: Invalid time: looks like seconds: milliseconds are expected";
                assert_eq!(time(&integer(5)), (None, vec![seconds.to_owned()]));
                let negative = |tape: &mut Tape| tape.mark(tape::INTEGER | u32::MAX << tape::KIND_BITS);
                assert_eq!(time(&negative), (None, vec![RANGE.to_owned()]));
                assert_eq!(time(&double(99_999_999_999.0)), (None, vec![seconds.to_owned()]));
                assert_eq!(time(&double(1e11)), (Timestamp::from_millis(100_000_000_000), vec![]));
                assert_eq!(time(&double(1e12)), (Timestamp::from_millis(1_000_000_000_000), vec![]));
                assert_eq!(time(&double(1e18)), (None, vec![RANGE.to_owned()]));
            } else {
                let wrong = vec!["root.at: Invalid input: expected date, received number".to_owned()];
                assert_eq!(time(&integer(5)), (None, wrong.clone()));
                assert_eq!(time(&double(1e12)), (None, wrong));
            }
        }
    }

    #[test]
    fn reads_a_stored_time_in_every_form_of_a_store() {
        // E8.1-32
        let time = |write: &dyn Fn(&mut Tape)| {
            let mut tape = Tape::default();
            write(&mut tape);
            stored_time(tape.value(At(0)))
        };
        let expected = Timestamp::from_millis(1_772_356_530_123);
        assert_eq!(time(&|tape| write_date(tape, 1_772_356_530_123.0)), expected);
        assert_eq!(time(&|tape| tape.string("2026-03-01T09:15:30.123Z")), expected);
        assert_eq!(time(&|tape| tape.string("2026-03-01 09:15:30.123+00")), expected);
        assert_eq!(time(&|tape| write_date(tape, f64::NAN)), None);
        assert_eq!(time(&|tape| tape.string("today")), None);
        assert_eq!(time(&|tape| tape.number(5.0)), None);
    }

    #[test]
    fn gives_evidence_only_if_there_is_no_unknown_name() {
        // E8-8
        let names = |write: &dyn Fn(&mut Tape)| {
            let hint = |name: &str| if name == "x" { ". Did you mean y?" } else { "" };
            let (evidence, messages) = run(|tape| write(tape), |check| check.unknown_names(At(0), hint));
            (evidence.is_some(), messages)
        };
        let list = |names: &'static [&'static str]| {
            move |tape: &mut Tape| {
                tape.container(ARRAY, names.len(), |tape| names.iter().for_each(|name| tape.string(name)));
            }
        };
        let owned = |messages: &[&str]| messages.iter().map(|&message| message.to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&|tape| tape.mark(ABSENT)), (true, vec![]));
        assert_eq!(names(&list(&[])), (true, vec![]));
        let expected = ["root.x: Unknown member: x. Did you mean y?", "root.z: Unknown member: z"];
        assert_eq!(names(&list(&["x", "z"])), (false, owned(&expected)));
        // A value that is not a list of names must not pass as an empty list.
        assert_eq!(names(&|tape| tape.string("x")), (false, owned(&expected[..1])));
        let unnamed = ["root.…: Unknown member: …"];
        assert_eq!(names(&|tape| tape.mark(NULL)), (false, owned(&unnamed)));
        assert_eq!(names(&|tape| tape.container(ARRAY, 1, |tape| tape.mark(NULL))), (false, owned(&unnamed)));
    }

    #[test]
    fn accepts_counts_from_0_to_2_53_minus_1_in_both_encodings() {
        // F10-3
        let count = |write: &dyn Fn(&mut Tape)| {
            let mut tape = Tape::default();
            write(&mut tape);
            integer(tape.value(At(0)))
        };
        let short = |value: u32| move |tape: &mut Tape| tape.mark(tape::INTEGER | value << tape::KIND_BITS);
        assert_eq!(count(&short(0)), Some(0));
        assert_eq!(count(&short(5)), Some(5));
        assert_eq!(count(&short(u32::MAX)), None, "-1");
        for (value, expected) in [
            (0.0, Some(0)),
            (-0.0, Some(0)),
            (5.0, Some(5)),
            (9_007_199_254_740_991.0, Some(MAX_COUNT)),
            (9_007_199_254_740_992.0, None),
            (-1.0, None),
            (0.5, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(count(&|tape| tape.number(value)), expected, "{value}");
        }
        assert_eq!(count(&|tape| tape.string("5")), None);
    }

    #[test]
    fn finds_the_first_unpaired_surrogate() {
        // E4-6
        let high = 0xD83D;
        let low = 0xDE00;
        let a = u16::from(b'a');
        for (units, expected) in [
            (&[][..], None),
            (&[a, high, low, a], None),
            (&[high], Some(0)),
            (&[low], Some(0)),
            (&[a, high, a], Some(1)),
            (&[a, a, low, high], Some(2)),
            (&[high, low, high], Some(2)),
            (&[a, high, low, low], Some(3)),
            (&[high, low, high, low, high, high, low], Some(4)),
        ] {
            assert_eq!(unpaired_surrogate(units), expected, "{units:x?}");
        }
    }
}

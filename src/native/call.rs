//! A call of the operation: the input and the context, as the core asks for them.
//!
//! Why: [`snapshot_pack`](super::snapshot_pack), [`preview_pack`](super::preview_pack) and
//! [`SnapshotBuilder`](super::SnapshotBuilder) all begin with the same stages. How: caller, request and pack are written to
//! the tape when the core gets to them, so that a refused caller costs nothing. The clock is the operating system's.

use std::convert::Infallible;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::native::host::Host;
use crate::native::item::Item;
use crate::native::types::{Context, Input, PolicyDecision};
use crate::operation::host::Requester;
use crate::policy::Actor;
use crate::value::tape::{ABSENT, ARRAY, TUPLE, Tape};

/// The arguments of a call, and the canonical bytes of its items.
pub(crate) struct Call<'a> {
    input: &'a Input,
    context: &'a Context,
    /// Batches of canonical items, in the order of the context.
    pub(crate) batches: Vec<Vec<u8>>,
}

/// The host of a call.
pub(crate) type Caller<'a> = Host<Call<'a>, slice::Iter<'a, Item>>;

impl<'a> Call<'a> {
    /// Returns the host of this call, and a tape with the limits of its context.
    pub(crate) fn begin(input: &'a Input, context: &'a Context) -> (Caller<'a>, Tape) {
        let call = Self { input, context, batches: Vec::new() };
        let host = Host::new(call, &context.items, |tape, item| item.write(tape));
        (host, Tape::limited(context.limits.unwrap_or_default()))
    }
}

impl Requester for Caller<'_> {
    type Error = Infallible;

    fn caller(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        let Context { actor, roles, decision, trace_id, .. } = self.whole.context;
        tape.clear();
        tape.container(TUPLE, 5, |tape| {
            tape.optional(actor.map(Actor::as_str));
            tape.optional(trace_id.as_deref());
            match decision {
                Some(PolicyDecision { effect, reason }) => tape.container(TUPLE, 2, |tape| {
                    tape.string(effect.as_str());
                    tape.optional(reason.as_deref());
                }),
                None => tape.mark(ABSENT),
            }
            tape.boolean(true);
            tape.strings(roles.as_deref());
        });
        Ok(())
    }

    fn request(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        let Call { input, context, .. } = self.whole;
        tape.clear();
        tape.container(TUPLE, 12, |tape| {
            tape.container(TUPLE, 5, |tape| {
                tape.string(&input.pack_key);
                tape.optional(input.pack_version.as_deref());
                tape.optional(input.reason.as_deref());
                tape.optional(input.requested_by.as_deref());
                tape.object(input.metadata.as_ref(), 2);
            });
            tape.optional(context.user_id.as_deref());
            tape.optional(context.tenant_id.as_deref());
            tape.optional(context.organization_id.as_deref());
            tape.optional(context.workspace_id.as_deref());
            tape.optional(context.channel.as_deref());
            tape.optional(context.trace_id.as_deref());
            tape.optional(context.idem_key.as_deref());
            tape.time(context.now);
            tape.optional(context.snapshot_id.as_deref());
            tape.digest(context.parent);
            tape.limits(context.limits.unwrap_or_default());
        });
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a time value is a binary64")]
    fn clock(&mut self) -> f64 {
        if cfg!(all(target_arch = "wasm32", target_os = "unknown")) {
            return f64::NAN; // This target has no clock.
        }
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(f64::NAN, |since| since.as_millis() as f64)
    }

    fn pack_name(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        match &self.whole.context.pack {
            Some(pack) => tape.container(TUPLE, 2, |tape| {
                tape.string(&pack.pack_key);
                tape.string(&pack.version);
            }),
            None => tape.mark(ABSENT),
        }
        Ok(())
    }

    fn pack_rest(&mut self, tape: &mut Tape) -> Result<(), Infallible> {
        tape.clear();
        let Some(pack) = &self.whole.context.pack else { unreachable!("its name was read") };
        tape.container(TUPLE, 5, |tape| {
            tape.string(&pack.title);
            tape.optional(pack.description.as_deref());
            tape.strings(pack.owners.as_deref());
            tape.strings(pack.tags.as_deref());
            match &pack.sources {
                Some(sources) => tape.container(ARRAY, sources.len(), |tape| {
                    sources.iter().for_each(|source| source.write_to(tape));
                }),
                None => tape.mark(ABSENT),
            }
        });
        Ok(())
    }

    fn count(&mut self, seed: u64) -> u64 {
        /// The last number that was returned; 0 before the first.
        static LAST: AtomicU64 = AtomicU64::new(0);
        let next = |last| if last == 0 { seed + 1 } else { last + 1 };
        next(LAST.fetch_update(Relaxed, Relaxed, |last| Some(next(last))).unwrap_or_default())
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

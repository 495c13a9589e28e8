//! The only sort in the crate.

use std::cmp::Ordering;

/// Length of the runs that are sorted by insertion. Most objects have no more members.
const RUN: usize = 8;

/// Returns the numbers below `count`, sorted by `compare`. Stable; O(n log n) comparisons.
///
/// A bottom-up merge sort: short runs are sorted by insertion, then merged into runs of twice the length. It is our own,
/// because the standard library's sort would make the WebAssembly module 5 % larger.
// F9.4-1
#[inline(never)]
pub(crate) fn sorted_indices(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for run in order.chunks_mut(RUN) {
        for end in 1..run.len() {
            let mut place = end;
            while place > 0 && compare(run[place - 1], run[place]).is_gt() {
                run.swap(place - 1, place);
                place -= 1;
            }
        }
    }
    if count <= RUN {
        return order;
    }
    let mut merged = vec![0; count];
    let mut run = RUN;
    while run < count {
        for start in (0..count).step_by(2 * run) {
            let (middle, end) = (count.min(start + run), count.min(start + 2 * run));
            let (mut left, mut right) = (start, middle);
            for place in &mut merged[start..end] {
                let from_left = right == end || left < middle && compare(order[left], order[right]).is_le();
                let taken = if from_left { &mut left } else { &mut right };
                *place = order[*taken];
                *taken += 1;
            }
        }
        std::mem::swap(&mut order, &mut merged);
        run *= 2;
    }
    order
}

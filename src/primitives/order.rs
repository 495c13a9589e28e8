//! The one sort, and so the order of members (RFC 8785 section 3.2.3) and of items.

use std::cmp::Ordering;

/// As many members as most objects have.
const RUN: usize = 8;

/// The numbers below `count`, ordered by `compare`.
///
/// The one sort of the crate: short runs by insertion, and merging runs of twice the length each time. The standard
/// library's would be a twentieth of the module.
// F9.4-1
#[inline(never)]
pub(crate) fn ordered(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
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

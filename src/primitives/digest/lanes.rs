//! SHA-256 of many messages, four at a time (FIPS 180-4 section 6.2, each step on four words at once).
//!
//! Why: where the host has no synchronous SHA-256, as no browser has, hashing is most of a snapshot's cost, and one message
//! by itself leaves three quarters of a vector idle: each round waits for the one before. How: four lanes, each with a
//! message and the state that it has come to; a lane that is done takes the next message, so that lengths may differ. The
//! last few messages go on one by one.

use std::arch::wasm32::{
    i8x16_shuffle, i32x4_shuffle, i64x2_shuffle, u32x4, u32x4_add, u32x4_extract_lane, u32x4_shl, u32x4_shr,
    u32x4_splat, v128, v128_bitselect, v128_load, v128_or, v128_xor,
};

use super::{Digest, INITIAL, Message, State};

const LANES: usize = 4;
/// So few messages are as fast one by one.
const FEW: usize = 2;

/// Words of the first 64 primes' cube roots (section 4.2.2).
#[rustfmt::skip]
const K: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

struct Lane<'m> {
    number: usize,
    message: Message<'m>,
    state: State,
}

/// The digests of the messages, in their order.
pub(crate) fn digests(messages: &[&[u8]]) -> Vec<Digest> {
    let mut digests = vec![Digest([0; 32]); messages.len()];
    let begin = |(number, &message)| Lane { number, message: Message::new(message), state: INITIAL };
    let mut waiting = messages.iter().enumerate().map(begin);
    let mut lanes: Vec<Lane> = waiting.by_ref().take(LANES).collect();
    while lanes.len() > FEW {
        compress(&mut lanes);
        lanes.retain_mut(|lane| {
            if lane.message.advance() {
                return true;
            }
            digests[lane.number] = Digest::from(lane.state);
            waiting.next().is_some_and(|next| {
                *lane = next;
                true
            })
        });
    }
    for lane in lanes {
        digests[lane.number] = lane.message.finish(lane.state);
    }
    digests
}

/// One block of each lane. Where one is missing another takes its place, and nothing comes of it.
#[expect(clippy::many_single_char_names, reason = "as the standard has them")]
fn compress(lanes: &mut [Lane]) {
    let of = |lane: usize| &lanes[lane.min(lanes.len() - 1)];
    let [one, two, three, four] = [of(0), of(1), of(2), of(3)];

    let mut words = [u32x4_splat(0); 64];
    for (at, words) in words[..16].as_chunks_mut().0.iter_mut().enumerate() {
        *words = turned([part(one, at), part(two, at), part(three, at), part(four, at)]);
    }
    for at in 16..64 {
        let (old, new) = (words[at - 15], words[at - 2]);
        let old = v128_xor(v128_xor(rotated::<7>(old), rotated::<18>(old)), u32x4_shr(old, 3));
        let new = v128_xor(v128_xor(rotated::<17>(new), rotated::<19>(new)), u32x4_shr(new, 10));
        words[at] = u32x4_add(u32x4_add(words[at - 16], old), u32x4_add(words[at - 7], new));
    }

    let mut initial = [u32x4_splat(0); 8];
    for (word, initial) in initial.iter_mut().enumerate() {
        *initial = u32x4(one.state[word], two.state[word], three.state[word], four.state[word]);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = initial;
    // Eight rounds at a time, so that no word has to be moved: a twentieth of the time.
    for (words, k) in words.as_chunks::<8>().0.iter().zip(K.as_chunks::<8>().0) {
        let input = |at: usize| u32x4_add(words[at], u32x4_splat(k[at]));
        (h, d) = round(a, b, c, d, e, f, g, h, input(0));
        (g, c) = round(h, a, b, c, d, e, f, g, input(1));
        (f, b) = round(g, h, a, b, c, d, e, f, input(2));
        (e, a) = round(f, g, h, a, b, c, d, e, input(3));
        (d, h) = round(e, f, g, h, a, b, c, d, input(4));
        (c, g) = round(d, e, f, g, h, a, b, c, input(5));
        (b, f) = round(c, d, e, f, g, h, a, b, input(6));
        (a, e) = round(b, c, d, e, f, g, h, a, input(7));
    }
    for (word, (after, before)) in [a, b, c, d, e, f, g, h].into_iter().zip(initial).enumerate() {
        let sum = u32x4_add(after, before);
        let sums = [
            u32x4_extract_lane::<0>(sum),
            u32x4_extract_lane::<1>(sum),
            u32x4_extract_lane::<2>(sum),
            u32x4_extract_lane::<3>(sum),
        ];
        for (lane, sum) in lanes.iter_mut().zip(sums) {
            lane.state[word] = sum;
        }
    }
}

/// One round: the new `a` and `e`.
#[inline(always)]
#[expect(clippy::too_many_arguments, clippy::many_single_char_names, reason = "as the standard has them")]
fn round(a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128, input: v128) -> (v128, v128) {
    let sum = v128_xor(v128_xor(rotated::<6>(e), rotated::<11>(e)), rotated::<25>(e));
    let choice = v128_bitselect(f, g, e);
    let first = u32x4_add(u32x4_add(u32x4_add(h, input), sum), choice);
    let sum = v128_xor(v128_xor(rotated::<2>(a), rotated::<13>(a)), rotated::<22>(a));
    let majority = v128_bitselect(c, b, v128_xor(a, b));
    (u32x4_add(first, u32x4_add(sum, majority)), u32x4_add(d, first))
}

#[inline(always)]
fn rotated<const BITS: u32>(words: v128) -> v128 {
    v128_or(u32x4_shr(words, BITS), u32x4_shl(words, 32 - BITS))
}

/// Four words of the block of a lane.
#[inline(always)]
fn part(lane: &Lane, at: usize) -> v128 {
    big_endian(&lane.message.block().as_chunks().0[at])
}

/// Four words that stand in a message with their highest byte first.
#[inline(always)]
fn big_endian(bytes: &[u8; 16]) -> v128 {
    // SAFETY: these are 16 bytes that may be read; they do not have to be aligned.
    #[expect(unsafe_code, reason = "a vector can be loaded in no other way")]
    let words = unsafe { v128_load(bytes.as_ptr().cast()) };
    i8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(words, words)
}

/// Four words of each of four lanes, as four times one word of each.
#[inline(always)]
fn turned([a, b, c, d]: [v128; LANES]) -> [v128; LANES] {
    let (low, high) = (i32x4_shuffle::<0, 4, 1, 5>(a, b), i32x4_shuffle::<2, 6, 3, 7>(a, b));
    let (low2, high2) = (i32x4_shuffle::<0, 4, 1, 5>(c, d), i32x4_shuffle::<2, 6, 3, 7>(c, d));
    [
        i64x2_shuffle::<0, 2>(low, low2),
        i64x2_shuffle::<1, 3>(low, low2),
        i64x2_shuffle::<0, 2>(high, high2),
        i64x2_shuffle::<1, 3>(high, high2),
    ]
}

#[cfg(test)]
mod tests;

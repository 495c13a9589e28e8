//! SHA-256 of many messages, 4 at a time (FIPS 180-4 section 6.2, each step on 4 words at once).
//!
//! Why: browsers have no synchronous SHA-256, and without one hashing is most of a snapshot's cost. A single message leaves
//! most of a vector register idle, because each round needs the result of the one before. How: there are 4 lanes, each with
//! a message and its state. When a message is finished, its lane takes the next one, so messages may have different lengths.
//! The last few messages are finished one by one.

use std::arch::wasm32::{
    i8x16_shuffle, i32x4_shuffle, i64x2_shuffle, u32x4, u32x4_add, u32x4_extract_lane, u32x4_shl, u32x4_shr,
    u32x4_splat, v128, v128_bitselect, v128_load, v128_or, v128_xor,
};

use super::{Digest, INITIAL, Message, State};

const LANES: usize = 4;
/// Up to this number of messages, hashing them one by one is as fast.
const FEW: usize = 2;

/// Round constants: 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
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

/// A message that is being hashed.
struct Lane<'m> {
    number: usize,
    message: Message<'m>,
    state: State,
}

/// Computes the digests of the messages, in their order. O(n) in their total length.
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

/// Hashes one block of each lane. If there are fewer than 4 lanes, the last one is repeated and the extra results are
/// dropped.
#[expect(clippy::many_single_char_names, reason = "the names in the standard")]
fn compress(lanes: &mut [Lane]) {
    let of = |lane: usize| &lanes[lane.min(lanes.len() - 1)];
    let [one, two, three, four] = [of(0), of(1), of(2), of(3)];

    let mut words = [u32x4_splat(0); 64];
    for (at, words) in words[..16].as_chunks_mut().0.iter_mut().enumerate() {
        *words = transpose([load(one, at), load(two, at), load(three, at), load(four, at)]);
    }
    for at in 16..64 {
        let (old, new) = (words[at - 15], words[at - 2]);
        let old = v128_xor(v128_xor(rotate_right::<7>(old), rotate_right::<18>(old)), u32x4_shr(old, 3));
        let new = v128_xor(v128_xor(rotate_right::<17>(new), rotate_right::<19>(new)), u32x4_shr(new, 10));
        words[at] = u32x4_add(u32x4_add(words[at - 16], old), u32x4_add(words[at - 7], new));
    }

    let mut initial = [u32x4_splat(0); 8];
    for (word, initial) in initial.iter_mut().enumerate() {
        *initial = u32x4(one.state[word], two.state[word], three.state[word], four.state[word]);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = initial;
    // 8 rounds in each step, so that the variables change roles and no word is moved: 5 % faster.
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

/// Computes one round; returns the new `a` and `e`, which go to the places of the old `h` and `d`.
#[inline(always)]
#[expect(clippy::too_many_arguments, clippy::many_single_char_names, reason = "the names in the standard")]
fn round(a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128, input: v128) -> (v128, v128) {
    let sum = v128_xor(v128_xor(rotate_right::<6>(e), rotate_right::<11>(e)), rotate_right::<25>(e));
    let choice = v128_bitselect(f, g, e);
    let first = u32x4_add(u32x4_add(u32x4_add(h, input), sum), choice);
    let sum = v128_xor(v128_xor(rotate_right::<2>(a), rotate_right::<13>(a)), rotate_right::<22>(a));
    let majority = v128_bitselect(c, b, v128_xor(a, b));
    (u32x4_add(first, u32x4_add(sum, majority)), u32x4_add(d, first))
}

/// Rotates each word to the right.
#[inline(always)]
fn rotate_right<const BITS: u32>(words: v128) -> v128 {
    v128_or(u32x4_shr(words, BITS), u32x4_shl(words, 32 - BITS))
}

/// Loads words `4 * at` to `4 * at + 3` of the current block of a lane.
#[inline(always)]
fn load(lane: &Lane, at: usize) -> v128 {
    big_endian(&lane.message.block().as_chunks().0[at])
}

/// Loads 4 words that are stored with the highest byte first.
#[inline(always)]
fn big_endian(bytes: &[u8; 16]) -> v128 {
    // SAFETY: `bytes` is 16 readable bytes; no alignment is needed.
    #[expect(unsafe_code, reason = "there is no safe way to load a vector")]
    let words = unsafe { v128_load(bytes.as_ptr().cast()) };
    i8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(words, words)
}

/// Transposes 4 × 4 words: takes 4 words of each lane, returns 4 vectors with one word of every lane.
#[inline(always)]
fn transpose([a, b, c, d]: [v128; LANES]) -> [v128; LANES] {
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

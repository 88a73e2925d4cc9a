// SPDX-License-Identifier: Apache-2.0
//! Whatever bytes claim, decoding takes little memory: measured by an allocator that counts, in a
//! process of its own.
#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use assay_circuit::{
    limits, Circuit, Definition, Linear, Node, Parameters, Range, Requantise, Shape, Table, Term,
    Window, CIRCUIT_VERSION,
};
use codec::{Compact, Encode};

/// The most that decoding and checking a circuit of [`limits::MAX_CIRCUIT_BYTES`] may hold at a
/// time, bytes.
const MOST: usize = 512 * 1024;

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator; the counters do not touch its memory.
// `realloc` is the default one, which allocates, copies and frees: what it holds at a time is
// counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes held at a time during `work`, beyond what was held before.
fn peak(work: impl FnOnce()) -> usize {
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    work();
    PEAK.load(Ordering::Relaxed) - before
}

const BYTE: Range = Range { low: 0, high: 255 };
const ONE: Shape = Shape::new(1, 1, 1);

fn definition(input_shape: Shape, nodes: Vec<Node>) -> Definition {
    Definition {
        version: CIRCUIT_VERSION,
        input_shape,
        input_range: BYTE,
        tables: vec![Table::Committed {
            width: 14,
            range: BYTE,
        }],
        output: nodes.len() as u16,
        nodes,
    }
}

fn linear(shape: Shape, terms: Vec<Term>) -> Node {
    let requantise = Some(Requantise { shift: 0, table: 0 });
    Node::Linear(Linear {
        shape,
        terms,
        bias: true,
        requantise,
    })
}

fn decode(bytes: &[u8]) -> Option<Circuit> {
    Circuit::from_bytes(bytes).ok()
}

/// As many nodes of four terms as there may be, `convolutions` of them the longer kind.
fn largest(convolutions: usize) -> Vec<u8> {
    let conv = |input| Term::Conv {
        input,
        window: Window::IDENTITY,
        groups: 1,
        weight_bits: 2,
    };
    let gemm = |input| Term::Gemm {
        input,
        weight_bits: 2,
    };
    let mut nodes = Vec::new();
    loop {
        let input = nodes.len() as u16;
        let mut terms = vec![conv(input); convolutions];
        terms.resize(limits::MAX_TERMS, gemm(input));
        nodes.push(linear(ONE, terms));
        let bytes = definition(ONE, nodes.clone()).encode();
        if nodes.len() > limits::MAX_NODES || bytes.len() > limits::MAX_CIRCUIT_BYTES {
            nodes.pop();
            return Circuit::new(definition(ONE, nodes)).unwrap().to_bytes();
        }
    }
}

// One test: the counters are the process's.
#[test]
fn decoding_holds_no_more_than_its_limit() {
    let largest = [largest(0), largest(2)];
    assert!(largest[1].len() > limits::MAX_CIRCUIT_BYTES - 100);
    for bytes in &largest {
        let held = peak(|| assert!(decode(bytes).is_some()));
        assert!(
            (100_000..MOST).contains(&held),
            "{held} bytes for {}",
            bytes.len()
        );
    }

    // Counts that the bytes do not back.
    let header = (CIRCUIT_VERSION, ONE, BYTE).encode();
    for count in [65u32, 1 << 20, u32::MAX] {
        let tables = [header.clone(), Compact(count).encode()].concat();
        let nodes = [header.clone(), vec![0], Compact(count).encode()].concat();
        for bytes in [tables, nodes] {
            let held = peak(|| assert!(decode(&bytes).is_none()));
            assert!(held < 100_000, "{held} bytes for a count of {count}");
        }
    }

    // Tensors of terabytes.
    for shape in [
        Shape::new(u32::MAX, u32::MAX, u32::MAX),
        Shape::new(1 << 22, 1, 1),
    ] {
        let gemm = Term::Gemm {
            input: 0,
            weight_bits: 8,
        };
        let bytes = definition(shape, vec![linear(shape, vec![gemm])]).encode();
        let held = peak(|| assert!(decode(&bytes).is_none()));
        assert!(held < 10_000, "{held} bytes for {shape:?}");
    }

    // Bytes of the largest circuits changed.
    let mut word = 1u64;
    for round in 0..2000 {
        let mut bytes = largest[round % 2].clone();
        for _ in 0..2 {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (word >> 33) as usize % bytes.len();
            bytes[at] = (word >> 24) as u8;
        }
        let held = peak(|| drop(decode(&bytes)));
        assert!(held < MOST, "{held} bytes");
    }

    // Parameters of 2^23 weights that aren't there: refused by the circuit's own lengths and those
    // of the bytes.
    let wide = Shape::new(1 << 12, 1, 1);
    let gemm = Term::Gemm {
        input: 0,
        weight_bits: 8,
    };
    let nodes = vec![linear(Shape::new(1 << 10, 1, 1), vec![gemm])];
    let circuit = Circuit::new(definition(wide, nodes)).unwrap();
    for count in [1u32 << 22, 1, u32::MAX] {
        let bytes = [
            Compact(1u32).encode(),
            Compact(count).encode(),
            vec![0; 1000],
        ]
        .concat();
        let held = peak(|| assert!(Parameters::from_bytes(&circuit, &bytes).is_err()));
        assert!(
            held < 10_000,
            "{held} bytes for parameters of {count} values"
        );
    }
}

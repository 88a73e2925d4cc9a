// SPDX-License-Identifier: Apache-2.0
//! Encodings: canonical, complete, and refused otherwise.

use codec::{Compact, Decode, Encode};

use super::*;
use crate::limits::*;

fn example() -> Circuit {
    Circuit::new(everything().0).unwrap()
}

#[test]
fn a_circuit_has_one_encoding() {
    let bytes = example().to_bytes();
    assert_eq!(bytes, example().encode());
    assert_eq!(Circuit::from_bytes(&bytes).unwrap(), example());
    assert_eq!(Circuit::from_bytes(&bytes).unwrap().to_bytes(), bytes);
}

#[test]
fn every_proper_prefix_is_malformed() {
    let bytes = example().to_bytes();
    for length in 0..bytes.len() {
        let error = Circuit::from_bytes(&bytes[..length]).unwrap_err();
        assert!(
            matches!(error, CircuitError::Malformed { offset } if offset <= length),
            "{error}"
        );
    }
}

#[test]
fn trailing_bytes_are_refused() {
    let mut bytes = example().to_bytes();
    bytes.extend([0, 0]);
    assert_eq!(
        Circuit::from_bytes(&bytes),
        Err(CircuitError::TrailingBytes { bytes: 2 })
    );
    // In a stream, what follows belongs to the next item.
    assert_eq!(Circuit::decode(&mut &bytes[..]).unwrap(), example());
}

#[test]
fn a_count_in_a_longer_form_than_needed_is_malformed() {
    let bytes = example().to_bytes();
    // version 2, shape 12, range 8, then the number of tables: 3, as one byte.
    assert_eq!(bytes[22], 3 << 2);
    let mut longer = bytes.clone();
    longer.splice(22..23, [(3 << 2) | 1, 0]);
    assert!(matches!(
        Circuit::from_bytes(&longer),
        Err(CircuitError::Malformed { .. })
    ));
}

#[test]
fn counts_above_the_limits_are_malformed_before_their_items_are_read() {
    let header = (CIRCUIT_VERSION, Shape::new(1, 1, 1), BYTE).encode();
    for (tables, nodes) in [
        (MAX_TABLES as u32 + 1, None),
        (u32::MAX, None),
        (0, Some(MAX_NODES as u32 + 1)),
    ] {
        let mut bytes = header.clone();
        Compact(tables).encode_to(&mut bytes);
        nodes
            .map(Compact)
            .iter()
            .for_each(|count| count.encode_to(&mut bytes));
        let offset = bytes.len();
        // Enough for any item that might be read.
        bytes.extend([0; 100]);
        assert_eq!(
            Circuit::from_bytes(&bytes),
            Err(CircuitError::Malformed { offset })
        );
    }
}

#[test]
fn a_term_count_above_the_limit_is_malformed() {
    let mut raw = everything().0;
    if let Node::Linear(linear) = &mut raw.nodes[0] {
        linear.terms = vec![linear.terms[0].clone(); MAX_TERMS + 1];
    }
    let bytes = raw.encode();
    assert!(matches!(
        Circuit::from_bytes(&bytes),
        Err(CircuitError::Malformed { .. })
    ));
}

#[test]
fn an_encoding_above_the_limit_is_refused_unread() {
    let bytes = vec![0; MAX_CIRCUIT_BYTES + 1];
    assert_eq!(
        Circuit::from_bytes(&bytes),
        Err(CircuitError::TooLong { bytes: bytes.len() })
    );
}

#[test]
fn a_definition_whose_encoding_is_above_the_limit_is_refused() {
    let one = Shape::new(1, 1, 1);
    let node = Node::Linear(Linear {
        shape: one,
        terms: vec![conv(0, Window::IDENTITY, 1); MAX_TERMS],
        bias: false,
        requantise: requantise(0, 0),
    });
    let mut nodes = vec![node; MAX_NODES];
    for (index, node) in (0u16..).zip(&mut nodes) {
        if let Node::Linear(linear) = node {
            linear.terms.iter_mut().for_each(|term| {
                if let Term::Conv { input, .. } = term {
                    *input = index;
                }
            });
        }
    }
    let raw = definition(one, BYTE, vec![clamp(9)], nodes);
    let bytes = raw.encoded_size();
    assert!(bytes > MAX_CIRCUIT_BYTES);
    assert_eq!(Circuit::new(raw), Err(CircuitError::TooLong { bytes }));
}

#[test]
fn the_hash_is_that_of_domain_and_encoding() {
    use blake2::digest::{consts::U32, Digest};
    let mut preimage = b"assay/circuit/1".to_vec();
    preimage.extend(example().to_bytes());
    let expected: [u8; 32] = blake2::Blake2b::<U32>::digest(&preimage).into();
    assert_eq!(example().hash(), expected);
    let mut other = everything().0;
    other.input_range.high -= 1;
    assert_ne!(Circuit::new(other).unwrap().hash(), expected);
}

/// Changes of format or meaning come with a new version: this one is stored on chains.
#[test]
fn the_encoding_of_version_1_is_pinned() {
    let raw = definition(
        Shape::new(2, 1, 1),
        BYTE,
        vec![clamp(12)],
        vec![linear(Shape::new(1, 1, 1), gemm(0), requantise(3, 0))],
    );
    let bytes = Circuit::new(raw).unwrap().to_bytes();
    let expected: &[&[u8]] = &[
        &[1, 0],                               // version
        &[2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], // input shape
        &[0, 0, 0, 0, 255, 0, 0, 0],           // input range
        &[4, 0, 12, 0, 0, 0, 0, 255, 0, 0, 0], // one table: clamp of 12 bits to 0..=255
        &[4, 0],                               // one node: linear
        &[1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], // its shape
        &[4, 0, 0, 0, 8],                      // one term: gemm of tensor 0, weights of 8 bits
        &[0],                                  // no bias
        &[1, 3, 0, 0],                         // shift 3, table 0
        &[1, 0],                               // output
    ];
    assert_eq!(bytes, expected.concat());
}

#[test]
fn parameters_round_trip_and_nothing_else_decodes() {
    let (_, parameters) = everything();
    let circuit = example();
    let bytes = parameters.encode();
    assert_eq!(
        Parameters::from_bytes(&circuit, &bytes).unwrap(),
        parameters
    );
    for length in 0..bytes.len() {
        let error = Parameters::from_bytes(&circuit, &bytes[..length]).unwrap_err();
        assert!(matches!(error, ParameterError::Malformed { .. }), "{error}");
    }
    let mut longer = bytes;
    longer.push(0);
    let error = Parameters::from_bytes(&circuit, &longer).unwrap_err();
    assert_eq!(error, ParameterError::TrailingBytes { bytes: 1 });
}

#[test]
fn parameters_of_another_circuit_are_refused_by_count_and_length() {
    let circuit = example();
    let (_, mut parameters) = everything();
    parameters.weights.pop();
    assert_eq!(
        Parameters::from_bytes(&circuit, &parameters.encode()).unwrap_err(),
        ParameterError::Count {
            list: ParameterList::Weights,
            expected: 3,
            found: 2
        }
    );
    let (_, mut parameters) = everything();
    parameters.biases[0].push(0);
    assert_eq!(
        Parameters::from_bytes(&circuit, &parameters.encode()).unwrap_err(),
        ParameterError::Length {
            tensor: ParameterId::Bias { node: 0 },
            expected: 4,
            found: 5
        }
    );
}

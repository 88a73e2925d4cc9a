// SPDX-License-Identifier: Apache-2.0
//! The cost of a small circuit, counted by hand.

use super::*;

#[test]
fn a_batch_has_between_1_and_64_inputs() {
    let circuit = Circuit::new(everything().0).unwrap();
    assert_eq!(circuit.cost(0), None);
    assert_eq!(circuit.cost(65), None);
    assert_eq!(circuit.cost(64).unwrap().log_batch, 6);
    assert_eq!(circuit.cost(1).unwrap().log_batch, 0);
    assert_eq!(circuit.cost(33).unwrap().log_batch, 6);
}

#[test]
fn a_perceptron_is_counted() {
    // 5 inputs, 3 hidden codes by a shift of 14, 2 raw outputs; a batch of 3.
    let nodes = vec![
        Node::Linear(Linear {
            shape: Shape::new(3, 1, 1),
            terms: vec![gemm(0)],
            bias: true,
            requantise: requantise(14, 0),
        }),
        linear(Shape::new(2, 1, 1), gemm(1), None),
    ];
    let raw = definition(Shape::new(5, 1, 1), BYTE, vec![clamp(9)], nodes);
    let circuit = Circuit::new(raw).unwrap();
    let cost = circuit.cost(3).unwrap();
    assert_eq!(cost.circuit_bytes, circuit.to_bytes().len() as u64);
    assert_eq!((cost.input_cells, cost.output_cells), (8 * 4, 2 * 4));
    assert_eq!((cost.input_values, cost.output_values), (5 * 3, 2 * 3));
    assert_eq!(cost.parameter_cells, 4 * 8 + 4 + 2 * 4);
    assert_eq!((cost.table_cells, cost.parameters), (0, 15 + 3 + 6));
    assert_eq!(
        (cost.linear_nodes, cost.weighted_terms, cost.windows),
        (2, 2, 0)
    );
    assert_eq!(cost.multiply_accumulates, 3 * (15 + 6));
    let section = |kind, log_leaves| LookupSection { kind, log_leaves };
    assert_eq!(
        cost.sections,
        [
            section(SectionKind::Range { bits: 12 }, 12),
            section(SectionKind::Table { table: 0 }, 9),
            section(SectionKind::Codes { node: 0 }, 4),
            section(SectionKind::Limb { node: 0, bits: 2 }, 4),
            section(SectionKind::Limb { node: 0, bits: 12 }, 4),
            section(SectionKind::Range { bits: 2 }, 2),
        ]
    );
    assert_eq!(cost.lookup_leaves, 4096 + 512 + 3 * 16 + 4);
    assert_eq!(cost.log_lookup_leaves, 13);
    // Codes and two limbs of 16 cells each, multiplicities.
    assert_eq!(cost.witness_cells, 3 * 16 + 4096 + 512 + 4);
}

#[test]
fn every_kind_of_node_is_counted() {
    let cost = Circuit::new(everything().0).unwrap().cost(1).unwrap();
    assert_eq!((cost.linear_nodes, cost.weighted_terms), (3, 3));
    // Two convolutions, a max pool and a sum pool.
    assert_eq!((cost.windows, cost.max_pools), (4, 1));
    let extents = (6 + 22) + (2 + 22) + (4 + 11 + 5) + (4 + 5 + 7);
    assert_eq!(cost.window_extents, extents);
    let pools = 24 * 4 + 48 * 4;
    assert_eq!(
        cost.multiply_accumulates,
        120 * 9 + 120 * 4 + 120 + pools + 3 * 48
    );
    assert_eq!(cost.table_cells, 1024);
    let count = |matches: fn(&SectionKind) -> bool| {
        cost.sections
            .iter()
            .filter(|section| matches(&section.kind))
            .count()
    };
    assert_eq!(
        count(|kind| matches!(kind, SectionKind::PoolTap { bits: 8, .. })),
        4
    );
    assert_eq!(count(|kind| matches!(kind, SectionKind::Codes { .. })), 3);
    assert_eq!(
        count(|kind| matches!(kind, SectionKind::KeyLow { node: 1 })),
        1
    );
    assert_eq!(
        count(|kind| matches!(kind, SectionKind::Limb { node: 0, bits: 3 })),
        1
    );
    assert_eq!(count(|kind| matches!(kind, SectionKind::Limb { .. })), 1);
    assert_eq!(count(|kind| matches!(kind, SectionKind::Table { .. })), 3);
    assert_eq!(count(|kind| matches!(kind, SectionKind::Range { .. })), 2);
    assert!(cost
        .sections
        .is_sorted_by(|a, b| a.log_leaves >= b.log_leaves));
}

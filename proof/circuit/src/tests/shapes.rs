// SPDX-License-Identifier: Apache-2.0
//! Shapes, padded layouts and what follows from them.

use super::*;
use crate::validate::{ceil_log2, merged_extents, window_output};

#[test]
fn extents_are_padded_to_powers_of_two() {
    for (extent, log) in [
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (1 << 22, 22),
        (u32::MAX, 32),
    ] {
        assert_eq!(ceil_log2(extent), log);
    }
}

#[test]
fn pad_and_unpad_are_inverse_on_logical_cells() {
    let circuit = Circuit::new(everything().0).unwrap();
    let info = circuit.input();
    let logical: Vec<i32> = (1..=60).collect();
    let padded = info.pad(&logical);
    assert_eq!(padded.len(), 2 * 8 * 8);
    assert_eq!(padded[info.index(1, 4, 5)], 60);
    assert_eq!(padded.iter().sum::<i32>(), 60 * 61 / 2);
    assert_eq!(info.unpad(&padded), logical);
}

#[test]
fn window_outputs_follow_the_formula() {
    let out = |extent, kernel, stride, dilation, pad_begin, pad_end| {
        let window = Window {
            kernel: [kernel, 1],
            stride: [stride, 1],
            dilation: [dilation, 1],
            pad_begin: [pad_begin, 0],
            pad_end: [pad_end, 0],
        };
        window_output(Shape::new(1, extent, 1), &window).map(|shape| shape.height)
    };
    assert_eq!(out(28, 5, 1, 1, 0, 0), Ok(24));
    assert_eq!(out(28, 5, 1, 1, 2, 2), Ok(28));
    assert_eq!(out(224, 7, 2, 1, 3, 3), Ok(112));
    assert_eq!(out(7, 3, 2, 2, 1, 0), Ok(2));
    assert_eq!(out(5, 5, 9, 1, 0, 0), Ok(1));
    assert_eq!(out(1, 3, 1, 1, 2, 0), Ok(1));
    assert_eq!(
        out(1, 3, 1, 1, 1, 0),
        Err(WindowError::TooSmall { axis: 0 })
    );
    assert_eq!(out(4, 3, 1, 1, 3, 0), Err(WindowError::Padding { axis: 0 }));
}

#[test]
fn equal_merged_extents_mean_equal_flat_indices() {
    // Against the definition, cell by cell, for all pairs of shapes with the same number of cells.
    let info = |shape: Shape| TensorInfo {
        shape,
        log_dims: shape.dims().map(ceil_log2),
        range: BYTE,
        kind: TensorKind::Virtual,
    };
    let indices = |shape: Shape| -> Vec<usize> { info(shape).rows().flatten().collect() };
    let mut equal = 0;
    for cells in 1..=64u32 {
        let divisors =
            |number: u32| (1..=number).filter(move |divisor| number.is_multiple_of(*divisor));
        let shapes: Vec<Shape> = divisors(cells)
            .flat_map(|c| divisors(cells / c).map(move |h| Shape::new(c, h, cells / c / h)))
            .collect();
        for a in &shapes {
            for b in &shapes {
                let same = indices(*a) == indices(*b);
                assert_eq!(
                    merged_extents(*a) == merged_extents(*b),
                    same,
                    "{a:?}, {b:?}"
                );
                assert!(!same || info(*a).size() == info(*b).size());
                equal += usize::from(same);
            }
        }
    }
    assert!(equal > 500);
}

#[test]
fn tensors_have_shape_range_and_kind_of_their_nodes() {
    let circuit = Circuit::new(everything().0).unwrap();
    let [byte, wide] = [BYTE, Range { low: -5, high: 250 }];
    let pair = Range { low: 1, high: 2 };
    let sums = Range { low: 0, high: 8 };
    let all = Range {
        low: i32::MIN,
        high: i32::MAX,
    };
    let expected = [
        (
            Shape::new(2, 5, 6),
            [1, 3, 3],
            Range { low: -4, high: 11 },
            TensorKind::Input,
        ),
        (Shape::new(4, 5, 6), [2, 3, 3], wide, TensorKind::Committed),
        (Shape::new(4, 5, 6), [2, 3, 3], byte, TensorKind::Committed),
        (Shape::new(4, 2, 3), [2, 1, 2], byte, TensorKind::Committed),
        (Shape::new(4, 2, 3), [2, 1, 2], pair, TensorKind::Committed),
        (Shape::new(4, 3, 4), [2, 2, 2], sums, TensorKind::Virtual),
        (Shape::new(3, 4, 4), [2, 2, 2], sums, TensorKind::Virtual),
        (Shape::new(12, 1, 4), [4, 0, 2], sums, TensorKind::Virtual),
        (Shape::new(3, 1, 1), [2, 0, 0], all, TensorKind::Raw),
    ];
    for (info, (shape, log_dims, range, kind)) in circuit.tensors().iter().zip(expected) {
        assert_eq!(
            *info,
            TensorInfo {
                shape,
                log_dims,
                range,
                kind
            }
        );
    }
    assert_eq!(circuit.tensors().len(), expected.len());
}

#[test]
fn layout_gives_each_parameter_tensor_its_padded_form() {
    let circuit = Circuit::new(everything().0).unwrap();
    let layout = circuit.parameter_layout();
    let found: Vec<_> = layout
        .iter()
        .map(|tensor| (tensor.id, tensor.dims, tensor.log_dims()))
        .collect();
    let weights = |node| ParameterId::Weights { node, term: 0 };
    let expected = [
        (weights(0), [2, 2, 1, 9], [1, 1, 0, 4]),
        (weights(1), [1, 4, 4, 1], [0, 2, 2, 0]),
        (weights(7), [3, 12, 1, 4], [2, 4, 0, 2]),
        (ParameterId::Bias { node: 0 }, [4, 1, 1, 1], [2, 0, 0, 0]),
        (ParameterId::Bias { node: 7 }, [3, 1, 1, 1], [2, 0, 0, 0]),
        (
            ParameterId::Table { table: 0 },
            [512, 1, 1, 1],
            [9, 0, 0, 0],
        ),
        (
            ParameterId::Table { table: 2 },
            [512, 1, 1, 1],
            [9, 0, 0, 0],
        ),
    ];
    assert_eq!(found, expected);
    let positions: Vec<usize> = layout.iter().map(|tensor| tensor.position).collect();
    assert_eq!(positions, [0, 1, 2, 0, 1, 0, 1]);
    let padded = layout[0].pad(&(1..=36).collect::<Vec<i32>>());
    assert_eq!(padded.len(), 64);
    assert_eq!(
        (padded[8], padded[9], padded[16], padded[3 * 16 + 8]),
        (9, 0, 10, 36)
    );
}

// SPDX-License-Identifier: Apache-2.0
//! Batches in memory. A device holds a tensor of a batch as a matrix, one row a cell and one column an input, so that whatever is done to a
//! cell is done to a row, and a convolution is one product of matrices for the whole batch.

use assay_circuit::{InputError, TensorInfo};

use super::error::ExecutorError;

/// Checks every input against the circuit's, as the interpreter does.
pub(super) fn check_inputs(info: &TensorInfo, inputs: &[Vec<i32>]) -> Result<(), ExecutorError> {
    for (index, input) in inputs.iter().enumerate() {
        check_input(info, input).map_err(|source| ExecutorError::Input { index, source })?;
    }
    Ok(())
}

fn check_input(info: &TensorInfo, input: &[i32]) -> Result<(), InputError> {
    let (expected, range) = (info.cells(), info.range);
    if input.len() != expected {
        let found = input.len();
        return Err(InputError::Length { expected, found });
    }
    let outside = input.iter().position(|&value| !range.contains(value));
    match outside {
        Some(cell) => Err(InputError::Value {
            cell,
            value: input[cell],
            range,
        }),
        None => Ok(()),
    }
}

/// The columns side by side as a row-major matrix. All have the same length.
pub(super) fn interleave(columns: &[&[i32]]) -> Vec<i32> {
    let cells = columns.first().map_or(0, |column| column.len());
    let mut matrix = Vec::with_capacity(cells * columns.len());
    for cell in 0..cells {
        matrix.extend(columns.iter().map(|column| column[cell]));
    }
    matrix
}

/// The first `count` columns of a row-major matrix of `width` columns.
pub(super) fn separate(matrix: &[i32], width: usize, count: usize) -> Vec<Vec<i32>> {
    (0..count.min(width))
        .map(|column| matrix.iter().skip(column).step_by(width).copied().collect())
        .collect()
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn give_back_the_columns_it_was_given() {
        let columns: Vec<Vec<i32>> = vec![vec![1, 2, 3], vec![4, 5, 6]];
        let views: Vec<&[i32]> = columns.iter().map(Vec::as_slice).collect();
        let matrix = interleave(&views);
        assert_eq!(matrix, [1, 4, 2, 5, 3, 6]);
        assert_eq!(separate(&matrix, 2, 2), columns);
        assert_eq!(separate(&matrix, 2, 1), columns[..1]);
        assert!(interleave(&[]).is_empty());
    }
}

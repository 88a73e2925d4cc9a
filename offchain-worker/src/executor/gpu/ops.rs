// SPDX-License-Identifier: Apache-2.0
//! The operators of a circuit as operations on integer tensors of a device.
//!
//! A tensor of the circuit is a matrix, a row for each logical cell in row-major order and a column for each input of the batch. Seen with
//! more axes it is `[channels, plane, batch]`. All arithmetic is of 32-bit integers, which WGSL defines to wrap.

use burn::{
    backend::{wgpu::WgpuDevice, Wgpu},
    tensor::{DType, Int, Tensor, TensorData},
};

/// Integers on the device.
pub(super) type Ints<const D: usize> = Tensor<Wgpu, D, Int>;

/// Uploads a row-major array.
pub(super) fn upload<const D: usize>(
    values: Vec<i32>,
    shape: [usize; D],
    device: &WgpuDevice,
) -> Ints<D> {
    Tensor::from_data(TensorData::new(values, shape), (device, DType::I32))
}

/// Downloads a tensor, row-major. Waits for everything that it depends on.
pub(super) fn download<const D: usize>(tensor: Ints<D>) -> Result<Vec<i32>, String> {
    let data = tensor.try_into_data().map_err(|error| error.to_string())?;
    data.into_vec::<i32>().map_err(|error| format!("{error:?}"))
}

/// `[channels, plane, batch]`, and one more cell of the value `outside` after each plane if there is one.
pub(super) fn planes(tensor: Ints<2>, channels: usize, outside: Option<i32>) -> Ints<3> {
    let [cells, batch] = tensor.dims();
    let device = tensor.device();
    let planes = tensor.reshape([channels, cells / channels, batch]);
    match outside {
        Some(value) => {
            let cell = Ints::<3>::full([channels, 1, batch], value, (&device, DType::I32));
            Tensor::cat(vec![planes, cell], 1)
        }
        None => planes,
    }
}

/// How the cells under the taps of a pool become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    Max,
    Sum,
}

impl Pool {
    /// `[channels, 1, n]` from `[channels, taps, n]`.
    pub(super) fn reduce(self, taps: Ints<3>) -> Ints<3> {
        match self {
            Self::Max => taps.max_dim(1),
            Self::Sum => taps.sum_dim(1),
        }
    }

    /// Of two results, cell by cell.
    pub(super) fn combine(self, first: Ints<3>, second: Ints<3>) -> Ints<3> {
        match self {
            Self::Max => first.max_pair(second),
            Self::Sum => first.add(second),
        }
    }
}

/// `values >> shift`, the floor shift: WGSL's shift of a signed integer keeps the sign.
pub(super) fn floor_shift(values: Ints<2>, shift: u8) -> Ints<2> {
    match shift {
        0 => values,
        _ => values.bitwise_right_shift_scalar(i32::from(shift)),
    }
}

/// `table[key - least]` for each key. Keys are in the table: the model's bounds say so.
pub(super) fn look_up(table: &Ints<1>, least: i32, keys: Ints<2>) -> Ints<2> {
    let [cells, batch] = keys.dims();
    let positions = keys.sub_scalar(least).reshape([cells * batch]);
    table.clone().select(0, positions).reshape([cells, batch])
}

/// `[b[axes[0]], b[axes[1]], b[axes[2]]]` of the cells of a tensor of extents `dims`.
pub(super) fn transpose(tensor: Ints<2>, dims: [usize; 3], axes: [u8; 3]) -> Ints<2> {
    let [cells, batch] = tensor.dims();
    let [channels, height, width] = dims;
    let [first, second, third] = axes.map(isize::from);
    tensor
        .reshape([channels, height, width, batch])
        .permute([first, second, third, 3])
        .reshape([cells, batch])
}

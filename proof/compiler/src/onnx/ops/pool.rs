// SPDX-License-Identifier: Apache-2.0
//! Pools and reductions.

use std::sync::Arc;

use assay_circuit::{Shape, Window};

use super::{linear, view};
use crate::{
    error::FieldError,
    graph::{function::Function, window_output, Op, ValueId},
    onnx::import::{Activation, Call, Importer, Layout},
};

fn kernel(call: &Call, axes: usize) -> Result<Vec<usize>, FieldError> {
    let shape = call.attributes.ints("kernel_shape")?.unwrap_or_default();
    if shape.len() != axes {
        return Err(call.attributes.malformed(
            "kernel_shape",
            &format!("{} values for {axes} axes", shape.len()),
        ));
    }
    let narrowed: Option<Vec<usize>> = shape.iter().map(|&k| usize::try_from(k).ok()).collect();
    narrowed.ok_or_else(|| call.attributes.malformed("kernel_shape", "negative"))
}

fn pooled_shape(channels: u32, dims: &[usize]) -> Shape {
    Shape {
        channels,
        height: dims[2] as u32,
        width: dims.get(3).map_or(1, |&width| width as u32),
    }
}

pub(super) fn max_pool(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let spatial = linear::spatial(call, x)?;
    let ceil = call.attributes.int_or("ceil_mode", 0)? != 0;
    let window = linear::window(call, &spatial, &kernel(call, spatial.len())?, ceil)?;
    let dims = linear::output_dims(call, x.dims[1], &spatial, &window)?;
    let shape = pooled_shape(x.dims[1] as u32, &dims);
    let id = importer.graph.push(
        Op::MaxPool {
            input: x.id,
            window,
        },
        shape,
        &call.origin,
    );
    Ok(Activation { id, dims })
}

pub(super) fn average_pool(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let spatial = linear::spatial(call, x)?;
    let supported = "every window inside the input, or count_include_pad=1 with explicit padding and ceil_mode=0";
    let ceil = call.attributes.int_or("ceil_mode", 0)? != 0;
    let kernel = kernel(call, spatial.len())?;
    let window = linear::window(call, &spatial, &kernel, ceil)?;
    let floor = linear::window(call, &spatial, &kernel, false)?;
    let counts_pads = call.attributes.int_or("count_include_pad", 0)? != 0;
    let dims = linear::output_dims(call, x.dims[1], &spatial, &window)?;
    if touches_padding(&spatial, &window, &dims) && (!counts_pads || window != floor) {
        return Err(call.unsupported("windows with padding have other divisors", supported));
    }
    let shape = pooled_shape(x.dims[1] as u32, &dims);
    let id = average(importer, call, x.id, shape, window);
    Ok(Activation { id, dims })
}

/// Whether some window reads a cell outside the input.
fn touches_padding(spatial: &[usize], window: &Window, dims: &[usize]) -> bool {
    (0..spatial.len()).any(|axis| {
        let reach = crate::graph::dilated(window.kernel[axis], window.dilation[axis]) as usize;
        let last = (dims[2 + axis] - 1) * window.stride[axis] as usize + reach;
        window.pad_begin[axis] > 0 || last > spatial[axis]
    })
}

fn average(
    importer: &mut Importer,
    call: &Call,
    input: ValueId,
    shape: Shape,
    window: Window,
) -> ValueId {
    let taps = window.kernel[0] as f64 * window.kernel[1] as f64;
    let sum = importer
        .graph
        .push(Op::SumPool { input, window }, shape, &call.origin);
    importer
        .graph
        .map(sum, Arc::new(Function::rescale(1.0 / taps)), &call.origin)
}

pub(super) fn global(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let spatial = linear::spatial(call, x)?;
    let window = whole(call, &spatial)?;
    let mut dims = vec![1, x.dims[1]];
    dims.resize(x.dims.len(), 1);
    let shape = pooled_shape(x.dims[1] as u32, &dims);
    let id = if call.operator == "GlobalMaxPool" {
        importer.graph.push(
            Op::MaxPool {
                input: x.id,
                window,
            },
            shape,
            &call.origin,
        )
    } else {
        average(importer, call, x.id, shape, window)
    };
    Ok(Activation { id, dims })
}

/// The window that covers height and width.
fn whole(call: &Call, extents: &[usize]) -> Result<Window, FieldError> {
    let mut window = crate::graph::POINTWISE;
    for (kernel, &extent) in window.kernel.iter_mut().zip(extents) {
        let within = u16::try_from(extent).ok();
        *kernel = within
            .ok_or_else(|| call.unsupported("an axis that is too long", "up to 65535 cells"))?;
    }
    Ok(window)
}

/// ReduceMean and ReduceSum: a sum pool over the reduced axes, brought to height and width.
pub(super) fn reduce(importer: &mut Importer, call: &Call) -> Result<Activation, FieldError> {
    let x = call.activation(0)?;
    let rank = x.dims.len();
    let keep = call.attributes.int_or("keepdims", 1)? != 0;
    let axes = match call.ints("axes", 1)? {
        Some(axes) if !axes.is_empty() => axes,
        _ if call.attributes.int_or("noop_with_empty_axes", 0)? != 0 => return Ok(x.clone()),
        _ => (0..rank as i64).collect(),
    };
    let mut reduced = vec![false; rank];
    for &axis in &axes {
        reduced[call.axis(axis, rank)?] = true;
    }
    let count: usize = (0..rank)
        .filter(|&axis| reduced[axis])
        .map(|axis| x.dims[axis])
        .product();
    let dims: Vec<usize> = (0..rank)
        .filter(|&axis| keep || !reduced[axis])
        .map(|axis| if reduced[axis] { 1 } else { x.dims[axis] })
        .collect();
    let cells: usize = x.dims.iter().product();
    let weight = if call.operator == "ReduceMean" {
        1.0 / count as f64
    } else {
        1.0
    };
    if count == 1 {
        return importer.reshaped(call, x, dims);
    }
    let id = if count == cells {
        importer.graph.gemm(
            x.id,
            Arc::new(vec![weight as f32; cells]),
            None,
            &call.origin,
        )
    } else {
        // The axes that stay first, so that channels are among them.
        let significant = |axis: &usize| x.dims[*axis] > 1;
        let mut order: Vec<usize> = (0..rank).filter(|axis| x.dims[*axis] == 1).collect();
        order.extend((0..rank).filter(significant).filter(|&axis| !reduced[axis]));
        let stay = order.len() - (0..rank).filter(|axis| x.dims[*axis] == 1).count();
        order.extend((0..rank).filter(significant).filter(|&axis| reduced[axis]));
        let turned: Vec<usize> = order
            .iter()
            .map(|&axis| x.dims[axis])
            .filter(|&dim| dim > 1)
            .collect();
        let layout = Layout::of(&[&[1], &turned[..]].concat());
        let layout = layout
            .ok_or_else(|| call.unsupported("too many axes", "three axes beside the batch"))?;
        let id = view::move_axes(
            importer,
            call,
            x,
            &[&[1], &turned[..]].concat(),
            &pad_order(&order, &x.dims),
        )?;
        let dims = layout.shape.dims();
        let mut window = crate::graph::POINTWISE;
        for (axis, &extent) in dims.iter().enumerate().skip(stay.max(1)) {
            window.kernel[axis - 1] = u16::try_from(extent)
                .map_err(|_| call.unsupported("an axis that is too long", "up to 65535 cells"))?;
        }
        let [height, width] = window_output([dims[1], dims[2]], &window)
            .ok_or_else(|| call.malformed("an empty axis"))?;
        let shape = Shape {
            channels: dims[0],
            height,
            width,
        };
        let sum = importer
            .graph
            .push(Op::SumPool { input: id, window }, shape, &call.origin);
        importer
            .graph
            .map(sum, Arc::new(Function::rescale(weight)), &call.origin)
    };
    // What is left is in its old order.
    let layout = Layout::of(&dims).ok_or_else(|| call.unsupported("too many axes", ""))?;
    let id = importer.graph.reshape(id, layout.shape, &call.origin);
    Ok(Activation { id, dims })
}

/// The permutation that [`view::move_axes`] wants: one axis of extent one (the batch), then those that count. An input
/// without an axis of extent one repeats its first, which is then ignored.
fn pad_order(order: &[usize], dims: &[usize]) -> Vec<usize> {
    let unit = order
        .iter()
        .copied()
        .find(|&axis| dims[axis] == 1)
        .unwrap_or(0);
    let mut padded = vec![unit];
    padded.extend(order.iter().copied().filter(|&axis| dims[axis] > 1));
    padded
}

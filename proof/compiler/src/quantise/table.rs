// SPDX-License-Identifier: Apache-2.0
//! Values of a table, and how a function spreads an error.

use std::collections::VecDeque;

use assay_circuit::Range;

use super::{code_range, encode, HEADROOM};
use crate::{calibrate::Extremes, graph::function::Function};

/// Points at which a function is looked at to find its range, its slope and how it spreads an error.
const GRID: usize = 1 << 14;

/// The output codes of a function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Image {
    pub(crate) scale: f64,
    pub(crate) range: Range,
}

/// Chooses the codes of `f(x)`: what the samples show with headroom, but no more than `f` can give on `reach`; unsigned if `f` is
/// never negative there.
pub(crate) fn image(function: &Function, shown: Extremes, reach: Extremes, bits: u8) -> Image {
    let values = || {
        points(reach)
            .map(|x| function.apply(x))
            .filter(|y| y.is_finite())
    };
    let possible = values().fold(0.0f64, |largest, y| largest.max(y.abs()));
    let signed = shown.low < 0.0 || values().any(|y| y < 0.0);
    let largest = (shown.magnitude() * HEADROOM).min(possible.max(shown.magnitude()));
    let range = code_range(bits, signed);
    Image {
        scale: if largest > 0.0 { largest } else { 1.0 } / range.high as f64,
        range,
    }
}

/// The largest slope on an interval.
pub(crate) fn slope(function: &Function, on: Extremes) -> f64 {
    let step = (on.high - on.low) / (GRID - 1) as f64;
    if step <= 0.0 {
        return 0.0;
    }
    let values: Vec<f64> = points(on).map(|x| function.apply(x)).collect();
    let slopes = values
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs() / step);
    slopes.filter(|slope| slope.is_finite()).fold(0.0, f64::max)
}

/// The largest difference of `f(a)` and `f(b)` with `a` in the interval and `b` at most `distance` from it: what an error of `distance` can
/// become. Exact for functions that are monotone between the points of the grid.
pub(crate) fn spread(function: &Function, on: Extremes, distance: f64) -> f64 {
    let wide = Extremes {
        low: on.low - distance,
        high: on.high + distance,
    };
    let step = (wide.high - wide.low) / (GRID - 1) as f64;
    if step <= 0.0 {
        return 0.0;
    }
    // One more point on the far side, so that no pair at this distance is missed.
    let window = (distance / step).ceil() as usize + 2;
    let values: Vec<f64> = points(wide)
        .map(|x| function.apply(x))
        .map(|y| if y.is_finite() { y } else { 0.0 })
        .collect();
    let (mut smallest, mut largest) = (VecDeque::new(), VecDeque::new());
    let mut spread = 0.0f64;
    for (index, &value) in values.iter().enumerate() {
        while smallest
            .back()
            .is_some_and(|&at: &usize| values[at] >= value)
        {
            smallest.pop_back();
        }
        while largest
            .back()
            .is_some_and(|&at: &usize| values[at] <= value)
        {
            largest.pop_back();
        }
        smallest.push_back(index);
        largest.push_back(index);
        for queue in [&mut smallest, &mut largest] {
            while queue.front().is_some_and(|&at| at + window <= index) {
                queue.pop_front();
            }
        }
        if let (Some(&low), Some(&high)) = (smallest.front(), largest.front()) {
            spread = spread.max(values[high] - values[low]);
        }
    }
    spread
}

fn points(on: Extremes) -> impl Iterator<Item = f64> {
    let step = (on.high - on.low) / (GRID - 1) as f64;
    (0..GRID).map(move |index| on.low + step * index as f64)
}

/// The value for each key of `width` bits, the smallest first: the code of `f(key scale)`. Where `f` is not defined the code is 0,
/// where it is infinite the largest or smallest.
pub(crate) fn values(function: &Function, key_scale: f64, width: u8, image: Image) -> Vec<i32> {
    let half = 1i32 << (width - 1);
    let value = |key: i32| match function.apply(key as f64 * key_scale) {
        y if y.is_nan() => 0,
        y => encode(y, image.scale, image.range),
    };
    (-half..half).map(value).collect()
}

#[cfg(test)]
mod should {
    use super::*;
    use crate::graph::function::Unary;

    const WIDE: Extremes = Extremes {
        low: -10.0,
        high: 10.0,
    };

    #[test]
    fn cap_the_range_at_what_a_function_can_give() {
        let sigmoid = Function::unary(Unary::Sigmoid);
        let found = image(
            &sigmoid,
            Extremes {
                low: 0.1,
                high: 0.99,
            },
            WIDE,
            8,
        );
        assert_eq!(found.range, Range { low: 0, high: 255 });
        assert!((found.scale * 255.0 - 1.0).abs() < 1e-3);
        let small = image(
            &sigmoid,
            Extremes {
                low: 0.1,
                high: 0.5,
            },
            WIDE,
            8,
        );
        assert!((small.scale * 255.0 - 0.625).abs() < 1e-12);
        let tanh = image(
            &Function::unary(Unary::Tanh),
            Extremes {
                low: -0.5,
                high: 0.5,
            },
            WIDE,
            8,
        );
        assert_eq!(
            tanh.range,
            Range {
                low: -128,
                high: 127
            }
        );
    }

    #[test]
    fn fill_tables_where_the_function_is_not_defined() {
        let image = Image {
            scale: 0.1,
            range: Range {
                low: -128,
                high: 127,
            },
        };
        let log = values(&Function::unary(Unary::Log), 1.0, 4, image);
        assert_eq!(log.len(), 16);
        assert_eq!(&log[..8], [0; 8]);
        assert_eq!(log[8], -128);
        assert_eq!(log[9], 0);
        assert_eq!(log[10], 7);
    }

    #[test]
    fn bound_the_spread_of_an_error() {
        let tanh = Function::unary(Unary::Tanh);
        let spread_of = spread(
            &tanh,
            Extremes {
                low: -1.0,
                high: 1.0,
            },
            0.1,
        );
        assert!(
            spread_of >= 2.0 * 0.05f64.tanh() && spread_of < 0.11,
            "{spread_of}"
        );
        // A jump counts in full, however small the error.
        assert!(spread(&Function::unary(Unary::Sign), WIDE, 1e-6) >= 1.0);
        assert!((slope(&tanh, WIDE) - 1.0).abs() < 1e-3);
    }
}

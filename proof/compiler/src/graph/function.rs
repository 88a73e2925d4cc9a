// SPDX-License-Identifier: Apache-2.0
//! Functions of one real variable: what becomes the table of an activation.
//!
//! A function is a straight-line program, so that a value that is used twice (`x * sigmoid(x)`) is computed once and its
//! size is that of the ONNX subgraph it comes from.

/// An operation on one number, as the ONNX operator of the same name defines it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub(crate) enum Unary {
    Abs,
    Celu { alpha: f64 },
    Ceil,
    Clip { low: f64, high: f64 },
    Cos,
    Elu { alpha: f64 },
    Erf,
    Exp,
    Floor,
    HardSigmoid { alpha: f64, beta: f64 },
    LeakyRelu { alpha: f64 },
    Log,
    Negate,
    Reciprocal,
    Round,
    Selu { alpha: f64, gamma: f64 },
    Sigmoid,
    Sign,
    Sin,
    Softplus,
    Softsign,
    Sqrt,
    Tanh,
    ThresholdedRelu { alpha: f64 },
}

/// An operation on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(crate) enum Binary {
    Add,
    Div,
    Max,
    Min,
    Mul,
    Pow,
    Sub,
}

impl Unary {
    /// The value at `x`; not finite where the function isn't defined.
    pub(crate) fn apply(self, x: f64) -> f64 {
        match self {
            Self::Abs => x.abs(),
            Self::Celu { alpha } => x.max(0.0) + (alpha * (x / alpha).exp_m1()).min(0.0),
            Self::Ceil => x.ceil(),
            Self::Clip { low, high } => x.max(low).min(high),
            Self::Cos => x.cos(),
            Self::Elu { alpha } => {
                if x < 0.0 {
                    alpha * x.exp_m1()
                } else {
                    x
                }
            }
            Self::Erf => libm::erf(x),
            Self::Exp => x.exp(),
            Self::Floor => x.floor(),
            Self::HardSigmoid { alpha, beta } => (alpha * x + beta).clamp(0.0, 1.0),
            Self::LeakyRelu { alpha } => {
                if x < 0.0 {
                    alpha * x
                } else {
                    x
                }
            }
            Self::Log => x.ln(),
            Self::Negate => -x,
            Self::Reciprocal => 1.0 / x,
            Self::Round => x.round_ties_even(),
            Self::Selu { alpha, gamma } => {
                if x <= 0.0 {
                    gamma * alpha * x.exp_m1()
                } else {
                    gamma * x
                }
            }
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Sign => {
                if x == 0.0 {
                    0.0
                } else {
                    x.signum()
                }
            }
            Self::Sin => x.sin(),
            // ln(1 + e^x) without overflow.
            Self::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Self::Softsign => x / (1.0 + x.abs()),
            Self::Sqrt => x.sqrt(),
            Self::Tanh => x.tanh(),
            Self::ThresholdedRelu { alpha } => {
                if x > alpha {
                    x
                } else {
                    0.0
                }
            }
        }
    }

    /// Whether a larger argument never gives a smaller value.
    fn is_monotone(self) -> bool {
        match self {
            Self::Ceil | Self::Clip { .. } | Self::Erf | Self::Exp | Self::Floor | Self::Round => {
                true
            }
            Self::Sigmoid | Self::Sign | Self::Softplus | Self::Softsign | Self::Tanh => true,
            Self::Celu { alpha } | Self::HardSigmoid { alpha, .. } => alpha > 0.0,
            Self::Elu { alpha } | Self::LeakyRelu { alpha } => alpha >= 0.0,
            Self::ThresholdedRelu { alpha } => alpha >= 0.0,
            Self::Selu { alpha, gamma } => alpha >= 0.0 && gamma >= 0.0,
            _ => false,
        }
    }
}

impl Binary {
    /// The value at `(x, y)`; not finite where the operation isn't defined.
    pub(crate) fn apply(self, x: f64, y: f64) -> f64 {
        match self {
            Self::Add => x + y,
            Self::Div => x / y,
            Self::Max => x.max(y),
            Self::Min => x.min(y),
            Self::Mul => x * y,
            Self::Pow => x.powf(y),
            Self::Sub => x - y,
        }
    }
}

/// One step of a [`Function`]; operands are indices of earlier steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// The argument.
    Argument,
    /// A number.
    Constant(f64),
    /// An operation on one earlier result.
    Unary(Unary, usize),
    /// An operation on two earlier results.
    Binary(Binary, usize, usize),
}

/// A function of one variable: the result of its last step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Function {
    steps: Vec<Step>,
}

/// The forms that need no committed table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    /// `scale * x + shift`.
    Affine {
        /// Factor.
        scale: f64,
        /// Summand.
        shift: f64,
    },
    /// `scale * clamp(x, low, high)` with `scale > 0`; a bound may be infinite.
    Clamp {
        /// Factor.
        scale: f64,
        /// Lower bound of `x`.
        low: f64,
        /// Upper bound of `x`.
        high: f64,
    },
    /// Anything else.
    General,
}

impl Function {
    /// A function from its steps.
    ///
    /// # Panics
    /// If there are none or one refers to itself or to a later one.
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        assert!(!steps.is_empty(), "a function has a result");
        for (index, step) in steps.iter().enumerate() {
            let operands = match *step {
                Step::Argument | Step::Constant(_) => [0, 0],
                Step::Unary(_, a) => [a + 1, 0],
                Step::Binary(_, a, b) => [a + 1, b + 1],
            };
            assert!(
                operands.iter().all(|&operand| operand <= index),
                "steps refer to earlier ones"
            );
        }
        Self { steps }
    }

    /// `scale * x`.
    pub(crate) fn rescale(scale: f64) -> Self {
        Self::new(vec![
            Step::Argument,
            Step::Constant(scale),
            Step::Binary(Binary::Mul, 0, 1),
        ])
    }

    /// `operation(x)`.
    pub(crate) fn unary(operation: Unary) -> Self {
        Self::new(vec![Step::Argument, Step::Unary(operation, 0)])
    }

    /// Appends the steps to a longer program in which the argument is the result of step `argument`, and returns the index of
    /// the result there.
    pub(crate) fn append(&self, steps: &mut Vec<Step>, argument: usize) -> usize {
        // Where each step of `self` ends up.
        let mut places = Vec::with_capacity(self.steps.len());
        for &step in &self.steps {
            let step = match step {
                Step::Argument => {
                    places.push(argument);
                    continue;
                }
                Step::Constant(value) => Step::Constant(value),
                Step::Unary(operation, a) => Step::Unary(operation, places[a]),
                Step::Binary(operation, a, b) => Step::Binary(operation, places[a], places[b]),
            };
            places.push(steps.len());
            steps.push(step);
        }
        places[places.len() - 1]
    }

    /// The value at `x`; not finite where the function isn't defined.
    pub(crate) fn apply(&self, x: f64) -> f64 {
        let mut results = Vec::with_capacity(self.steps.len());
        for &step in &self.steps {
            results.push(match step {
                Step::Argument => x,
                Step::Constant(value) => value,
                Step::Unary(operation, a) => operation.apply(results[a]),
                Step::Binary(operation, a, b) => operation.apply(results[a], results[b]),
            });
        }
        results[results.len() - 1]
    }

    /// The form, found by following what each step does to `x`.
    pub(crate) fn form(&self) -> Form {
        let mut forms: Vec<Form> = Vec::with_capacity(self.steps.len());
        for &step in &self.steps {
            forms.push(match step {
                Step::Argument => Form::Affine {
                    scale: 1.0,
                    shift: 0.0,
                },
                Step::Constant(value) => Form::Affine {
                    scale: 0.0,
                    shift: value,
                },
                Step::Unary(operation, a) => unary_form(operation, forms[a]),
                Step::Binary(operation, a, b) => binary_form(operation, forms[a], forms[b]),
            });
        }
        forms[forms.len() - 1]
    }

    /// Whether a larger argument is known never to give a smaller value.
    pub(crate) fn is_monotone(&self) -> bool {
        if let Form::Affine { scale, .. } = self.form() {
            return scale >= 0.0;
        }
        if let Form::Clamp { .. } = self.form() {
            return true;
        }
        // A chain of monotone operations.
        self.steps
            .iter()
            .enumerate()
            .all(|(index, step)| match *step {
                Step::Argument => index == 0,
                Step::Unary(operation, a) => a + 1 == index && operation.is_monotone(),
                Step::Constant(_) | Step::Binary(..) => false,
            })
    }
}

fn clamp(scale: f64, low: f64, high: f64) -> Form {
    if scale > 0.0 && scale.is_finite() && low <= high {
        Form::Clamp { scale, low, high }
    } else {
        Form::General
    }
}

/// `clamp(form(x), low, high)`.
fn clamped(form: Form, low: f64, high: f64) -> Form {
    match form {
        Form::Affine { scale, shift } if scale == 0.0 => Form::Affine {
            scale,
            shift: shift.max(low).min(high),
        },
        Form::Affine { scale, shift } if shift == 0.0 && scale > 0.0 => {
            clamp(scale, low / scale, high / scale)
        }
        Form::Clamp {
            scale,
            low: inner_low,
            high: inner_high,
        } => {
            let (low, high) = (low / scale, high / scale);
            clamp(
                scale,
                inner_low.max(low).min(high),
                inner_high.min(high).max(low),
            )
        }
        _ => Form::General,
    }
}

fn unary_form(operation: Unary, operand: Form) -> Form {
    match (operation, operand) {
        (_, Form::Affine { scale, shift }) if scale == 0.0 => Form::Affine {
            scale,
            shift: operation.apply(shift),
        },
        (Unary::Clip { low, high }, form) => clamped(form, low, high),
        (Unary::Negate, Form::Affine { scale, shift }) => Form::Affine {
            scale: -scale,
            shift: -shift,
        },
        _ => Form::General,
    }
}

fn binary_form(operation: Binary, a: Form, b: Form) -> Form {
    let constant = |form: Form| match form {
        Form::Affine { scale: 0.0, shift } => Some(shift),
        _ => None,
    };
    if let (Some(x), Some(y)) = (constant(a), constant(b)) {
        return Form::Affine {
            scale: 0.0,
            shift: operation.apply(x, y),
        };
    }
    match (operation, a, b) {
        (Binary::Add, Form::Affine { scale: s, shift: t }, Form::Affine { scale: u, shift: v }) => {
            Form::Affine {
                scale: s + u,
                shift: t + v,
            }
        }
        (Binary::Sub, Form::Affine { scale: s, shift: t }, Form::Affine { scale: u, shift: v }) => {
            Form::Affine {
                scale: s - u,
                shift: t - v,
            }
        }
        (Binary::Mul, form, other) | (Binary::Mul, other, form) if constant(other).is_some() => {
            scaled(form, constant(other).unwrap_or(1.0))
        }
        (Binary::Div, form, other) => match constant(other) {
            Some(divisor) => scaled(form, 1.0 / divisor),
            None => Form::General,
        },
        (Binary::Max, form, other) | (Binary::Max, other, form) if constant(other).is_some() => {
            clamped(form, constant(other).unwrap_or(0.0), f64::INFINITY)
        }
        (Binary::Min, form, other) | (Binary::Min, other, form) if constant(other).is_some() => {
            clamped(form, f64::NEG_INFINITY, constant(other).unwrap_or(0.0))
        }
        (Binary::Add, form @ Form::Clamp { .. }, other) if constant(other) == Some(0.0) => form,
        (Binary::Sub, form @ Form::Clamp { .. }, other) if constant(other) == Some(0.0) => form,
        _ => Form::General,
    }
}

fn scaled(form: Form, factor: f64) -> Form {
    match form {
        _ if !factor.is_finite() => Form::General,
        Form::Affine { scale, shift } => Form::Affine {
            scale: scale * factor,
            shift: shift * factor,
        },
        Form::Clamp { scale, low, high } if factor > 0.0 => clamp(scale * factor, low, high),
        _ => Form::General,
    }
}

#[cfg(test)]
mod should {
    use super::*;

    fn after(second: &Function, first: &Function) -> Function {
        let mut steps = first.steps.clone();
        let argument = steps.len() - 1;
        assert_eq!(second.append(&mut steps, argument), steps.len() - 1);
        Function::new(steps)
    }

    #[test]
    fn agree_with_the_onnx_definitions() {
        let close = |function: Unary, x: f64, y: f64| {
            assert!(
                (function.apply(x) - y).abs() < 1e-9,
                "{function:?}({x}) = {}",
                function.apply(x)
            );
        };
        close(Unary::Sigmoid, 0.0, 0.5);
        close(Unary::Sigmoid, -800.0, 0.0);
        close(Unary::Elu { alpha: 2.0 }, -1.0, 2.0 * ((-1f64).exp() - 1.0));
        close(Unary::Softplus, 1000.0, 1000.0);
        close(
            Unary::HardSigmoid {
                alpha: 0.2,
                beta: 0.5,
            },
            1.0,
            0.7,
        );
        close(Unary::Erf, 0.5, 0.5204998778130465);
        close(Unary::Round, 2.5, 2.0);
        close(Unary::Celu { alpha: 1.0 }, -1.0, (-1f64).exp() - 1.0);
        close(Unary::ThresholdedRelu { alpha: 1.0 }, 0.5, 0.0);
    }

    #[test]
    fn compute_shared_values_once_and_compose() {
        // x * sigmoid(x)
        let silu = Function::new(vec![
            Step::Argument,
            Step::Unary(Unary::Sigmoid, 0),
            Step::Binary(Binary::Mul, 0, 1),
        ]);
        assert!((silu.apply(2.0) - 2.0 / (1.0 + (-2f64).exp())).abs() < 1e-12);
        let composed = after(&silu, &Function::rescale(3.0));
        assert!((composed.apply(2.0) - silu.apply(6.0)).abs() < 1e-12);
    }

    #[test]
    fn recognise_clamps() {
        let relu = Function::unary(Unary::Clip {
            low: 0.0,
            high: f64::INFINITY,
        });
        assert_eq!(
            relu.form(),
            Form::Clamp {
                scale: 1.0,
                low: 0.0,
                high: f64::INFINITY
            }
        );
        let doubled = after(&Function::rescale(2.0), &relu);
        assert_eq!(
            doubled.form(),
            Form::Clamp {
                scale: 2.0,
                low: 0.0,
                high: f64::INFINITY
            }
        );
        let six = after(
            &Function::unary(Unary::Clip {
                low: 0.0,
                high: 6.0,
            }),
            &doubled,
        );
        assert_eq!(
            six.form(),
            Form::Clamp {
                scale: 2.0,
                low: 0.0,
                high: 3.0
            }
        );
        let mirrored = after(&Function::rescale(-1.0), &relu);
        assert_eq!(mirrored.form(), Form::General);
        assert_eq!(Function::unary(Unary::Tanh).form(), Form::General);
    }

    #[test]
    fn know_what_is_monotone() {
        assert!(Function::unary(Unary::Tanh).is_monotone());
        assert!(Function::unary(Unary::Clip {
            low: 0.0,
            high: 6.0
        })
        .is_monotone());
        assert!(!Function::unary(Unary::Abs).is_monotone());
        assert!(!Function::rescale(-1.0).is_monotone());
        assert!(!Function::unary(Unary::LeakyRelu { alpha: -0.1 }).is_monotone());
    }
}

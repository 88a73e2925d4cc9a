// SPDX-License-Identifier: Apache-2.0
//! The instance that most sub-protocols need: a sum of products of multilinear polynomials, times an eq factor if wanted.

use super::{Instance, Shape};
use crate::parallel::MIN_LEN;
use crate::poly::arithmetic::{self, Wide};
use crate::poly::eq::SplitEq;
use crate::poly::univariate::{interpolate, Values};
use crate::poly::Multilinear;
use alloc::vec::Vec;
use ark_bls12_381::Fr;
use ark_ff::{Field, One, Zero};
use core::ops::Range;
use rayon::prelude::*;

/// `coefficient * product of factors`.
#[derive(Clone, Debug)]
pub struct Product {
    /// A constant.
    pub coefficient: Fr,
    /// At most [`ProductSum::MAX_FACTORS`] multilinear polynomials in all variables of the instance.
    pub factors: Vec<Multilinear>,
}

/// `f(x) = eq(w, high variables of x) * sum of products`.
///
/// The eq factor is never tabulated in full and stays outside the inner sums (Gruen, ePrint 2024/108): only the
/// products' degree costs evaluations, and the value at 1 follows from the claim.
#[derive(Clone, Debug)]
pub struct ProductSum {
    shape: Shape,
    free: usize,
    eq: SplitEq,
    products: Vec<Product>,
}

impl ProductSum {
    /// Most factors of a product, an eq factor not counted.
    pub const MAX_FACTORS: usize = 4;

    /// A sum of products of multilinear polynomials in `num_vars` variables.
    ///
    /// # Panics
    /// If a factor has another number of variables or a product has too many factors.
    pub fn new(num_vars: usize, products: Vec<Product>) -> Self {
        Self::with_eq(num_vars, &[], products)
    }

    /// The same times `eq(w, .)` of the most significant variables, as many as `w` has coordinates.
    ///
    /// # Panics
    /// As [`ProductSum::new`], or if `w` has more coordinates than there are variables.
    pub fn with_eq(num_vars: usize, w: &[Fr], products: Vec<Product>) -> Self {
        assert!(
            w.len() <= num_vars,
            "eq factor in more variables than there are"
        );
        let factors = products.iter().flat_map(|product| &product.factors);
        for factor in factors {
            assert_eq!(
                factor.num_vars(),
                num_vars,
                "factor in another number of variables"
            );
        }
        let most = products
            .iter()
            .map(|product| product.factors.len())
            .max()
            .unwrap_or(0);
        assert!(most <= Self::MAX_FACTORS, "too many factors");
        let degree = (most + usize::from(!w.is_empty())).max(1);
        Self {
            shape: Shape { num_vars, degree },
            free: num_vars,
            eq: SplitEq::new(w, Fr::one()),
            products,
        }
    }

    /// The instance `sum_x a(x) b(x)`.
    ///
    /// # Panics
    /// If the numbers of variables differ.
    pub fn inner_product(a: Multilinear, b: Multilinear) -> Self {
        let num_vars = a.num_vars();
        let product = Product {
            coefficient: Fr::one(),
            factors: alloc::vec![a, b],
        };
        Self::new(num_vars, alloc::vec![product])
    }

    /// The sum over the hypercube of the free variables: what to claim.
    pub fn sum(&self) -> Fr {
        if self.free == 0 {
            return self.eq.scalar() * self.constant();
        }
        let values = self.inner_sums(true);
        let (at_zero, at_one) = self.linear_factor();
        at_zero * values.zero + at_one * values.one
    }

    /// The values of all factors, product after product: their evaluations at the sumcheck's point once all variables are
    /// bound. The eq factor is not among them.
    pub fn evaluations(&self) -> Vec<Fr> {
        let factors = self.products.iter().flat_map(|product| &product.factors);
        factors.map(Multilinear::constant).collect()
    }

    fn constant(&self) -> Fr {
        let value = |p: &Product| {
            p.factors
                .iter()
                .fold(p.coefficient, |value, factor| value * factor.constant())
        };
        self.products.iter().map(value).sum()
    }

    fn inner_degree(&self) -> usize {
        self.products
            .iter()
            .map(|product| product.factors.len())
            .max()
            .unwrap_or(0)
    }

    /// The values at 0 and 1 of the part of the eq factor that depends on no other free variable than the current one.
    fn linear_factor(&self) -> (Fr, Fr) {
        let scalar = self.eq.scalar();
        match self.eq.current() {
            Some(w) => (scalar * (Fr::one() - w), scalar * w),
            None => (scalar, scalar),
        }
    }

    /// The sum of products over all free variables but the current one, weighted with the eq factor of those; at the points
    /// that [`interpolate`] needs, at 1 only if asked.
    fn inner_sums(&self, at_one: bool) -> Values {
        let degree = self.inner_degree();
        let mut total = Values::default();
        for product in &self.products {
            let sums = match degree {
                0 | 1 => self.product_sums::<1>(product, at_one),
                2 => self.product_sums::<2>(product, at_one),
                3 => self.product_sums::<3>(product, at_one),
                _ => self.product_sums::<4>(product, at_one),
            };
            // Fewer factors than the degree: nothing at infinity.
            let full = product.factors.len() == degree && degree > 0;
            total.zero += product.coefficient * sums.zero;
            total.one += product.coefficient * sums.one;
            total.minus_one += product.coefficient * sums.minus_one;
            total.two += product.coefficient * sums.two;
            total.infinity += if full {
                product.coefficient * sums.infinity
            } else {
                Fr::zero()
            };
        }
        total
    }

    fn product_sums<const D: usize>(&self, product: &Product, at_one: bool) -> Values {
        // Index of a term: (high, low, rest), with eq weights for the first two.
        let factors = &product.factors;
        let (high, low) = self.eq.tables();
        let rest = (1usize << (self.free - 1)) / (high.len() * low.len());
        let for_low = |h: usize, l: usize| {
            let start = (h * low.len() + l) * rest;
            scale(
                sum_range::<D>(factors, None, start..start + rest, at_one),
                low[l],
            )
        };
        let for_high = |h: usize| {
            let sums = if rest == 1 {
                let start = h * low.len();
                sum_range::<D>(factors, Some(low), start..start + low.len(), at_one)
            } else {
                let min = MIN_LEN.div_ceil(rest);
                let sums = (0..low.len())
                    .into_par_iter()
                    .with_min_len(min)
                    .map(|l| for_low(h, l));
                sums.reduce(Values::default, add)
            };
            scale(sums, high[h])
        };
        let min = MIN_LEN.div_ceil(rest * low.len());
        (0..high.len())
            .into_par_iter()
            .with_min_len(min)
            .map(for_high)
            .reduce(Values::default, add)
    }
}

/// The sums of the product of all factors, and of a weight if there are any, over a range of the free variables but the
/// current one.
fn sum_range<const D: usize>(
    factors: &[Multilinear],
    weights: Option<&[Fr]>,
    range: Range<usize>,
    at_one: bool,
) -> Values {
    if range.len() > MIN_LEN && weights.is_none() {
        let middle = range.start + range.len() / 2;
        let (a, b) = rayon::join(
            || sum_range::<D>(factors, None, range.start..middle, at_one),
            || sum_range::<D>(factors, None, middle..range.end, at_one),
        );
        return add(a, b);
    }
    // The last multiplication is not reduced term by term.
    let (first, last) = match (weights, factors.split_last()) {
        (None, Some((last, first))) => (first, Some(last)),
        _ => (factors, None),
    };
    let mut sums = Values::default();
    let mut wide = WideValues::default();
    for (offset, i) in range.enumerate() {
        let mut term: Option<Values> = None;
        for factor in first {
            let values = values_at::<D>(factor, i);
            term = Some(term.map_or(values, |term| multiply::<D>(term, values, at_one)));
        }
        let last = match (weights, last) {
            (Some(weights), _) => constant(weights[offset]),
            (None, Some(last)) => values_at::<D>(last, i),
            (None, None) => constant(Fr::one()),
        };
        match term {
            Some(term) => wide.add_product::<D>(&term, &last, at_one),
            None => sums = add(sums, last),
        }
    }
    add(sums, wide.reduce())
}

/// The values of a factor on the line through a pair of its cells; those that degree `D` needs.
#[inline(always)]
fn values_at<const D: usize>(factor: &Multilinear, i: usize) -> Values {
    let (low, high) = factor.halves();
    let (zero, one) = (low[i], high[i]);
    let infinity = if D >= 2 {
        arithmetic::sub(&one, &zero)
    } else {
        Fr::zero()
    };
    let minus_one = if D >= 3 {
        arithmetic::sub(&zero, &infinity)
    } else {
        Fr::zero()
    };
    let two = if D >= 4 {
        arithmetic::add(&one, &infinity)
    } else {
        Fr::zero()
    };
    Values {
        zero,
        one,
        minus_one,
        two,
        infinity,
    }
}

fn constant(value: Fr) -> Values {
    Values {
        zero: value,
        one: value,
        minus_one: value,
        two: value,
        infinity: value,
    }
}

#[inline(always)]
fn multiply<const D: usize>(a: Values, b: Values, at_one: bool) -> Values {
    let if_needed = |needed: bool, a: Fr, b: Fr| {
        if needed {
            arithmetic::mul(&a, &b)
        } else {
            Fr::zero()
        }
    };
    Values {
        zero: arithmetic::mul(&a.zero, &b.zero),
        one: if_needed(at_one, a.one, b.one),
        minus_one: if_needed(D >= 3, a.minus_one, b.minus_one),
        two: if_needed(D >= 4, a.two, b.two),
        infinity: if_needed(D >= 2, a.infinity, b.infinity),
    }
}

#[derive(Default)]
struct WideValues {
    zero: Wide,
    one: Wide,
    minus_one: Wide,
    two: Wide,
    infinity: Wide,
}

impl WideValues {
    #[inline(always)]
    fn add_product<const D: usize>(&mut self, a: &Values, b: &Values, at_one: bool) {
        self.zero.add_product(&a.zero, &b.zero);
        if at_one {
            self.one.add_product(&a.one, &b.one);
        }
        if D >= 2 {
            self.infinity.add_product(&a.infinity, &b.infinity);
        }
        if D >= 3 {
            self.minus_one.add_product(&a.minus_one, &b.minus_one);
        }
        if D >= 4 {
            self.two.add_product(&a.two, &b.two);
        }
    }

    fn reduce(&self) -> Values {
        Values {
            zero: self.zero.reduce(),
            one: self.one.reduce(),
            minus_one: self.minus_one.reduce(),
            two: self.two.reduce(),
            infinity: self.infinity.reduce(),
        }
    }
}

fn add(a: Values, b: Values) -> Values {
    Values {
        zero: a.zero + b.zero,
        one: a.one + b.one,
        minus_one: a.minus_one + b.minus_one,
        two: a.two + b.two,
        infinity: a.infinity + b.infinity,
    }
}

fn scale(values: Values, factor: Fr) -> Values {
    let times = |v: Fr| if v.is_zero() { v } else { v * factor };
    Values {
        zero: times(values.zero),
        one: times(values.one),
        minus_one: times(values.minus_one),
        two: times(values.two),
        infinity: times(values.infinity),
    }
}

impl Instance for ProductSum {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn round_polynomial(&self, claim: Fr) -> Vec<Fr> {
        let (at_zero, at_one) = self.linear_factor();
        // claim = at_zero * q(0) + at_one * q(1); a challenge makes at_one zero only with negligible probability.
        let inverse = at_one.inverse();
        let mut values = self.inner_sums(inverse.is_none());
        if let Some(inverse) = inverse {
            values.one = (claim - at_zero * values.zero) * inverse;
        }
        let inner = interpolate(self.inner_degree(), &values);
        if self.eq.current().is_none() {
            return inner.iter().map(|c| *c * at_zero).collect();
        }
        // Times the linear polynomial with these values at 0 and 1.
        let slope = at_one - at_zero;
        let mut polynomial = alloc::vec![Fr::zero(); inner.len() + 1];
        for (i, c) in inner.iter().enumerate() {
            polynomial[i] += *c * at_zero;
            polynomial[i + 1] += *c * slope;
        }
        polynomial
    }

    fn bind(&mut self, r: Fr) {
        self.products
            .par_iter_mut()
            .flat_map(|product| &mut product.factors)
            .for_each(|factor| factor.bind_top(r));
        self.eq.bind(r);
        self.free = self.free.saturating_sub(1);
    }
}

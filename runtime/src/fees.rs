// SPDX-License-Identifier: Apache-2.0

//! What a transaction costs, and who receives it.
//!
//! ```text
//! inclusion fee = base + length * TRANSACTION_BYTE_FEE + multiplier * weight_to_fee(weight)
//! ```
//!
//! The multiplier follows congestion slowly (`SlowAdjustingFeeUpdate`: it drifts to 1/10 on an
//! empty chain and grows while blocks are more than a quarter full).
//!
//! **The split.** [`AUTHOR_SHARE`] of the fee goes to the author of the block, the rest to the
//! treasury; a tip goes to the author whole, so that it can buy what tips are for: a place in the
//! next block. The chain has no inflation, so fees are what collators live on. Fees for executing
//! XCM are split in the same way. Nothing is burnt: what can't be paid to the author (no author is
//! known, or the share is less than a new account needs) goes to the treasury.

use frame_support::{
    traits::{
        fungible::{Balanced, Credit},
        Imbalance, OnUnbalanced,
    },
    weights::{
        FeePolynomial, Weight, WeightToFeeCoefficient, WeightToFeeCoefficients,
        WeightToFeePolynomial,
    },
};
use smallvec::smallvec;
use sp_runtime::{Perbill, Percent};

use crate::{
    constants::currency::{MICRO_ASY, MILLI_ASY},
    weights::ExtrinsicBaseWeight,
    AccountId, Authorship, Balance, Balances, Treasury,
};

/// Share of the inclusion fee that the author of the block receives; the treasury has the rest.
pub const AUTHOR_SHARE: Percent = Percent::from_percent(80);

/// Fee for the base weight of an extrinsic: a tenth of a thousandth of an ASY. All weight fees are
/// proportional to it.
pub const EXTRINSIC_BASE_FEE: Balance = MILLI_ASY / 10;

/// Fee per byte of an encoded transaction.
pub const TRANSACTION_BYTE_FEE: Balance = MICRO_ASY;

/// Bytes of storage proof that cost as much as one [`EXTRINSIC_BASE_FEE`]: so many that a block full of proof costs no less than one full
/// by time.
pub const PROOF_BYTES_PER_BASE_FEE: u64 = 500;

/// Converts a weight into a fee: the dearer of its two dimensions, since a block is full as soon as
/// one of them is.
pub struct WeightToFee;

impl frame_support::weights::WeightToFee for WeightToFee {
    type Balance = Balance;

    fn weight_to_fee(weight: &Weight) -> Balance {
        let time: FeePolynomial<Balance> = RefTimeToFee::polynomial().into();
        let proof: FeePolynomial<Balance> = ProofSizeToFee::polynomial().into();
        time.eval(weight.ref_time())
            .max(proof.eval(weight.proof_size()))
    }
}

/// Fee of execution time, linear.
pub struct RefTimeToFee;

impl WeightToFeePolynomial for RefTimeToFee {
    type Balance = Balance;

    fn polynomial() -> WeightToFeeCoefficients<Balance> {
        linear(
            EXTRINSIC_BASE_FEE,
            Balance::from(ExtrinsicBaseWeight::get().ref_time()),
        )
    }
}

/// Fee of storage proof, linear.
pub struct ProofSizeToFee;

impl WeightToFeePolynomial for ProofSizeToFee {
    type Balance = Balance;

    fn polynomial() -> WeightToFeeCoefficients<Balance> {
        linear(EXTRINSIC_BASE_FEE, Balance::from(PROOF_BYTES_PER_BASE_FEE))
    }
}

/// The line through zero that maps `units` to `fee`.
fn linear(fee: Balance, units: Balance) -> WeightToFeeCoefficients<Balance> {
    smallvec![WeightToFeeCoefficient {
        degree: 1,
        negative: false,
        coeff_frac: Perbill::from_rational(fee % units, units),
        coeff_integer: fee / units,
    }]
}

/// Pays fees and tips out, see the [module](self).
pub struct DealWithFees;

impl DealWithFees {
    fn to_author(credit: Credit<AccountId, Balances>) {
        let unpaid = match Authorship::author() {
            Some(author) => match <Balances as Balanced<AccountId>>::resolve(&author, credit) {
                Ok(()) => return,
                Err(credit) => credit,
            },
            None => credit,
        };
        Self::to_treasury(unpaid);
    }

    fn to_treasury(credit: Credit<AccountId, Balances>) {
        // The treasury's account exists from genesis, so that any amount can be added to it. Should
        // it ever be gone, dropping the credit reduces the total issuance, which is the
        // only honest thing left to do with it.
        let _ = <Balances as Balanced<AccountId>>::resolve(&Treasury::account_id(), credit);
    }
}

impl OnUnbalanced<Credit<AccountId, Balances>> for DealWithFees {
    fn on_unbalanceds(mut fee_then_tip: impl Iterator<Item = Credit<AccountId, Balances>>) {
        if let Some(fee) = fee_then_tip.next() {
            let author_part = AUTHOR_SHARE.mul_floor(fee.peek());
            let (author, treasury) = fee.split(author_part);
            let author = match fee_then_tip.next() {
                Some(tip) => author.merge(tip),
                None => author,
            };
            Self::to_treasury(treasury);
            Self::to_author(author);
        }
    }

    fn on_nonzero_unbalanced(fee: Credit<AccountId, Balances>) {
        Self::on_unbalanceds(core::iter::once(fee));
    }
}

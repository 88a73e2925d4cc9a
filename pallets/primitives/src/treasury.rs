// SPDX-License-Identifier: Apache-2.0
//! Paying the treasury when it may be gone.

use frame_support::traits::{
    fungible::Mutate,
    tokens::{Fortitude, Precision, Preservation},
};
use sp_runtime::DispatchResult;

use crate::Balance;

/// Moves `amount` of the free balance of `from`, which keeps its account, to the treasury. If that account is gone and can't be created with
/// so little, burns it: nobody else's affair fails because of the treasury.
///
/// # Errors
///
/// `from` doesn't have so much to spare.
pub fn pay_treasury<AccountId, Currency>(
    from: &AccountId,
    treasury: &AccountId,
    amount: Balance,
) -> DispatchResult
where
    AccountId: Eq,
    Currency: Mutate<AccountId, Balance = Balance>,
{
    let keep = Preservation::Preserve;
    if amount == 0 || Currency::transfer(from, treasury, amount, keep).is_ok() {
        return Ok(());
    }
    let (all, polite) = (Precision::Exact, Fortitude::Polite);
    Currency::burn_from(from, amount, keep, all, polite).map(|_| ())
}

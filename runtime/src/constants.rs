// SPDX-License-Identifier: Apache-2.0

//! The numbers that define the chain, by area, each with its unit.

/// Amounts of the native token, ASY.
pub mod currency {
    use crate::Balance;

    /// Ticker symbol of the native token.
    pub const TOKEN_SYMBOL: &str = "ASY";
    /// Decimal places of the native token: one ASY is `10^12` of the smallest unit.
    pub const TOKEN_DECIMALS: u8 = 12;

    /// One ASY, in the smallest unit.
    pub const ASY: Balance = 1_000_000_000_000;
    /// A thousandth of an ASY.
    pub const MILLI_ASY: Balance = ASY / 1_000;
    /// A millionth of an ASY.
    pub const MICRO_ASY: Balance = MILLI_ASY / 1_000;

    /// The least that an account must own to exist: 0.01 ASY. Enough to make a million dust
    /// accounts cost 10 000 ASY, small enough that nobody notices it.
    pub const EXISTENTIAL_DEPOSIT: Balance = 10 * MILLI_ASY;

    /// The refundable deposit for `items` storage entries that hold `bytes` bytes together.
    ///
    /// One megabyte in one entry costs 100.1 ASY: the state of the chain can't be filled for the
    /// price of fees alone.
    pub const fn deposit(items: u32, bytes: u32) -> Balance {
        items as Balance * 100 * MILLI_ASY + bytes as Balance * 100 * MICRO_ASY
    }
}

/// Durations, counted in parachain blocks.
///
/// A block every [`MILLISECS_PER_BLOCK`](super::consensus::MILLISECS_PER_BLOCK) is the plan, not a
/// promise: deadlines count blocks, so a chain that stalls takes no time away from anybody.
pub mod time {
    use super::consensus::MILLISECS_PER_BLOCK;
    use crate::BlockNumber;

    /// Blocks in a minute.
    pub const MINUTES: BlockNumber = 60_000 / (MILLISECS_PER_BLOCK as BlockNumber);
    /// Blocks in an hour.
    pub const HOURS: BlockNumber = 60 * MINUTES;
    /// Blocks in a day.
    pub const DAYS: BlockNumber = 24 * HOURS;
}

/// Block production under async backing.
pub mod consensus {
    /// Average time between two blocks, in milliseconds.
    pub const MILLISECS_PER_BLOCK: u64 = 6_000;
    /// Length of an Aura slot, in milliseconds. It can't change once a chain has started.
    pub const SLOT_DURATION: u64 = MILLISECS_PER_BLOCK;
    /// Length of a slot of the relay chain, in milliseconds.
    pub const RELAY_CHAIN_SLOT_DURATION_MILLIS: u32 = 6_000;
    /// Parachain blocks that may be authored per relay-chain slot.
    pub const BLOCK_PROCESSING_VELOCITY: u32 = 1;
    /// How many relay-chain blocks behind the relay chain's best one a block anchors. Zero: the
    /// newest state of the relay chain.
    pub const RELAY_PARENT_OFFSET: u32 = 0;
    /// Blocks that may wait for inclusion by the relay chain at one time: one being included, one
    /// being backed, one being built, for each unit of velocity, plus the blocks that the
    /// offset adds.
    pub const UNINCLUDED_SEGMENT_CAPACITY: u32 =
        (3 + RELAY_PARENT_OFFSET) * BLOCK_PROCESSING_VELOCITY;
}

/// Identity of the chain among other chains.
pub mod network {
    /// Prefix of SS58 addresses: the generic one.
    pub const SS58_PREFIX: u16 = 42;
    /// Parachain id in the genesis presets.
    pub const DEFAULT_PARA_ID: u32 = 2_100;
}

/// What a block can hold.
pub mod block {
    use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_SECOND, Weight};
    use sp_runtime::Perbill;

    /// Two seconds of execution on the reference machine, and as much storage proof as the relay
    /// chain accepts.
    pub const MAXIMUM_BLOCK_WEIGHT: Weight = Weight::from_parts(
        WEIGHT_REF_TIME_PER_SECOND.saturating_mul(2),
        cumulus_primitives_core::relay_chain::MAX_POV_SIZE as u64,
    );
    /// Longest block body, in bytes.
    pub const MAXIMUM_BLOCK_LENGTH: u32 = 5 * 1024 * 1024;
    /// Share of a block that ordinary transactions may fill; the rest is kept for operational ones.
    pub const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);
    /// Share of a block that hooks are assumed to use before the first transaction. It limits the
    /// weight of a single transaction.
    pub const AVERAGE_ON_INITIALIZE_RATIO: Perbill = Perbill::from_percent(5);
    /// Share of a block that inbound XCM may use in `on_initialize`.
    pub const MESSAGE_QUEUE_RATIO: Perbill = Perbill::from_percent(35);
    /// Share of a block that scheduled calls may use in `on_initialize`.
    pub const SCHEDULER_RATIO: Perbill = Perbill::from_percent(40);
}

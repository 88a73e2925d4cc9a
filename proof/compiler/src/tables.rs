// SPDX-License-Identifier: Apache-2.0
//! The tables of a circuit under construction. Layers share tables: clamps to one range use the widest key that any of them
//! needs, committed tables are shared where their values are the same.

use assay_circuit::{
    limits::{MAX_TABLE_WIDTH, WIDE_CLAMP_LOW_BITS},
    Range, Table, TableId,
};

/// Tables in the order of their first use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    list: Vec<(Table, Vec<i32>)>,
}

impl Tables {
    /// A clamp to `range` with keys of at least `width` bits.
    pub(crate) fn clamp(&mut self, width: u8, range: Range) -> TableId {
        // The keys hold the range itself; a split key has a low part that is narrower than the range.
        let signed = range.low < 0;
        let width = width.max(range.bits() + !signed as u8);
        let is_wide = |width: u8| width > MAX_TABLE_WIDTH;
        debug_assert!(!is_wide(width) || range.bits() >= WIDE_CLAMP_LOW_BITS);
        for (index, (table, _)) in self.list.iter_mut().enumerate() {
            if let Table::Clamp {
                width: own,
                range: to,
            } = table
            {
                if *to == range && is_wide(*own) == is_wide(width) {
                    *own = width.max(*own);
                    return index as TableId;
                }
            }
        }
        self.push(Table::Clamp { width, range }, Vec::new())
    }

    /// A table with values of its own.
    pub(crate) fn committed(&mut self, width: u8, range: Range, values: Vec<i32>) -> TableId {
        let table = Table::Committed { width, range };
        match self
            .list
            .iter()
            .position(|(own, other)| *own == table && *other == values)
        {
            Some(index) => index as TableId,
            None => self.push(table, values),
        }
    }

    fn push(&mut self, table: Table, values: Vec<i32>) -> TableId {
        self.list.push((table, values));
        // A circuit with this many tables is refused anyway.
        (self.list.len() - 1).min(TableId::MAX as usize) as TableId
    }

    /// The tables and the values of the committed ones.
    pub(crate) fn finish(self) -> (Vec<Table>, Vec<Vec<i32>>) {
        let mut values = Vec::new();
        let mut tables = Vec::with_capacity(self.list.len());
        for (table, own) in self.list {
            if matches!(table, Table::Committed { .. }) {
                values.push(own);
            }
            tables.push(table);
        }
        (tables, values)
    }
}

#[cfg(test)]
mod should {
    use super::*;

    #[test]
    fn share_tables() {
        let mut tables = Tables::default();
        let unsigned = Range { low: 0, high: 255 };
        let signed = Range {
            low: -128,
            high: 127,
        };
        assert_eq!(tables.clamp(11, unsigned), 0);
        assert_eq!(tables.clamp(13, unsigned), 0);
        assert_eq!(tables.clamp(3, signed), 1);
        assert_eq!(tables.clamp(16, unsigned), 2);
        assert_eq!(tables.clamp(20, unsigned), 2);
        assert_eq!(tables.committed(2, signed, vec![1, 2, 3, 4]), 3);
        assert_eq!(tables.committed(2, signed, vec![1, 2, 3, 5]), 4);
        assert_eq!(tables.committed(2, signed, vec![1, 2, 3, 4]), 3);
        let (list, values) = tables.finish();
        assert_eq!(
            list[0],
            Table::Clamp {
                width: 13,
                range: unsigned
            }
        );
        // A narrow key is widened to hold the range.
        assert_eq!(
            list[1],
            Table::Clamp {
                width: 8,
                range: signed
            }
        );
        assert_eq!(
            list[2],
            Table::Clamp {
                width: 20,
                range: unsigned
            }
        );
        assert_eq!(values, [vec![1, 2, 3, 4], vec![1, 2, 3, 5]]);
    }
}

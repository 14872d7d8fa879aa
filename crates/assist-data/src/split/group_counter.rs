//! Counts the observations of groups in several threads at once, in one table for all of them: a table for each thread would
//! hold most groups again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::HashTable;

use crate::split::groups::{Group, GroupTotals};

/// Groups are counted in so many tables, so that threads hardly wait for each other and each table stays in the cache.
const SHARDS: usize = 64;
/// Rows that a thread keeps for each of them before it adds them.
const BUFFERED: usize = 128;

/// Counts the observations of groups in several threads at once.
#[derive(Debug)]
pub struct GroupCounter {
    shards: Vec<Mutex<HashTable<Group>>>,
}

/// What one thread has seen and not added yet.
#[derive(Debug)]
pub struct GroupBuffer<'a> {
    counter: &'a GroupCounter,
    of_shards: Vec<Vec<Group>>,
}

impl Default for GroupCounter {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect() }
    }
}

impl GroupCounter {
    /// A thread's buffer, which adds to this counter.
    pub fn buffer(&self) -> GroupBuffer<'_> {
        GroupBuffer { counter: self, of_shards: vec![Vec::new(); SHARDS] }
    }

    /// The totals. With `swap` what was added as class 0 is class 1, and the other way round.
    pub fn totals(self, swap: bool) -> GroupTotals {
        let mut groups = Vec::new();
        for shard in self.shards {
            groups.extend(shard.into_inner().unwrap_or_else(PoisonError::into_inner));
        }
        if swap {
            groups.iter_mut().for_each(|group| group.counts.reverse());
        }
        GroupTotals::new(groups)
    }
}

impl GroupBuffer<'_> {
    /// Adds observations of class 0 and class 1 to a group.
    #[inline]
    pub fn add(&mut self, key: u64, counts: [u64; 2]) {
        // Other bits than those that place keys in the tables.
        let index = (key >> 40) as usize % SHARDS;
        let buffer = &mut self.of_shards[index];
        buffer.push(Group { key, counts });
        if buffer.len() == BUFFERED {
            add_all(self.counter.lock(index), buffer);
        }
    }

    /// Adds what was kept. Without it that is lost.
    pub fn finish(mut self) {
        for (index, buffer) in self.of_shards.iter_mut().enumerate().filter(|(_, buffer)| !buffer.is_empty()) {
            add_all(self.counter.lock(index), buffer);
        }
    }
}

impl GroupCounter {
    fn lock(&self, index: usize) -> MutexGuard<'_, HashTable<Group>> {
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add_all(mut table: MutexGuard<'_, HashTable<Group>>, buffer: &mut Vec<Group>) {
    for Group { key, counts } in buffer.drain(..) {
        let of_group = table.entry(key, |group| group.key == key, |group| group.key);
        let mut entry = of_group.or_insert(Group { key, counts: [0, 0] });
        let all = &mut entry.get_mut().counts;
        *all = [all[0] + counts[0], all[1] + counts[1]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::groups::{NO_GROUP, group_key};

    #[test]
    fn groups_are_counted_whoever_adds_their_rows() {
        let counter = GroupCounter::default();
        std::thread::scope(|scope| {
            for thread in 0..3_u64 {
                let mut buffer = counter.buffer();
                scope.spawn(move || {
                    for row in 0..9_000_u64 {
                        buffer.add(group_key(&(row % 1000).to_string()), [u64::from(thread == 0), 1]);
                    }
                    buffer.finish();
                });
            }
        });
        let totals = counter.totals(true);
        assert_eq!(totals.groups().len(), 1000);
        for name in 0..1000 {
            let code = totals.code(group_key(&name.to_string())).expect("counted");
            assert_eq!(totals.groups()[code as usize].counts, [27, 9]);
        }
        assert_eq!((totals.code(group_key("1000")), totals.code(NO_GROUP)), (None, None));
        assert!(totals.groups().is_sorted_by_key(|group| group.key));
    }
}

//! Whole numbers as Parquet packs them: runs of one number, and runs of numbers with as many bits as the largest needs.

use bytes::Bytes;
use multiversion::multiversion;

use crate::error::NeedsStrictReader;

/// Numbers of a run-length and bit-packing hybrid, read piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Hybrid {
    bytes: Bytes,
    /// Bits of a number.
    width: u8,
    /// The byte at which the next run begins.
    at: usize,
    run: Run,
}

#[derive(Debug, Default)]
enum Run {
    #[default]
    None,
    Same {
        number: u32,
        left: usize,
    },
    /// Numbers from a bit on.
    Packed {
        bit: usize,
        left: usize,
    },
}

impl Hybrid {
    /// The numbers of these bytes, of `width` bits each: 32 at most.
    pub(crate) fn new(bytes: Bytes, width: u8) -> Self {
        Self { bytes, width, at: 0, run: Run::None }
    }

    /// Fills a piece with the next numbers.
    ///
    /// # Errors
    ///
    /// Fewer numbers than that.
    pub(crate) fn read(&mut self, numbers: &mut [u32]) -> Result<(), NeedsStrictReader> {
        let mut rest = numbers;
        while !rest.is_empty() {
            match &mut self.run {
                Run::Same { number, left } if *left > 0 => {
                    let n = rest.len().min(*left);
                    let (some, others) = rest.split_at_mut(n);
                    some.fill(*number);
                    *left -= n;
                    rest = others;
                }
                Run::Packed { bit, left } if *left > 0 => {
                    let n = rest.len().min(*left);
                    let (some, others) = rest.split_at_mut(n);
                    unpack(&self.bytes, *bit, self.width, some);
                    *bit += n * usize::from(self.width);
                    *left -= n;
                    rest = others;
                }
                _ => self.next_run()?,
            }
        }
        Ok(())
    }

    fn next_run(&mut self) -> Result<(), NeedsStrictReader> {
        let header = self.header()?;
        let n = usize::try_from(header >> 1).map_err(|_| NeedsStrictReader)?;
        let width = usize::from(self.width);
        if header & 1 == 0 {
            let bytes = self.bytes.get(self.at..).and_then(|rest| rest.get(..width.div_ceil(8)));
            let mut number = [0; 4];
            let bytes = bytes.ok_or(NeedsStrictReader)?;
            number[..bytes.len()].copy_from_slice(bytes);
            self.at += bytes.len();
            self.run = Run::Same { number: u32::from_le_bytes(number), left: n };
            // An endless row of empty runs would be damage.
            return if n == 0 { Err(NeedsStrictReader) } else { Ok(()) };
        }
        // Groups of eight numbers, the last of which may be cut off behind its last byte.
        let length = n.checked_mul(width).ok_or(NeedsStrictReader)?;
        let there = self.bytes.len().saturating_sub(self.at);
        let left = if length <= there { n.checked_mul(8) } else { (there * 8).checked_div(width) };
        self.run = Run::Packed { bit: self.at * 8, left: left.ok_or(NeedsStrictReader)? };
        self.at += length.min(there);
        if left == Some(0) { Err(NeedsStrictReader) } else { Ok(()) }
    }

    /// A number of seven bits a byte, the lowest first.
    fn header(&mut self) -> Result<u64, NeedsStrictReader> {
        let mut header = 0;
        for shift in (0..35).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(NeedsStrictReader)?;
            self.at += 1;
            header |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(header);
            }
        }
        Err(NeedsStrictReader)
    }
}

/// Numbers of `width` bits from a bit on; behind the last byte there are zeros.
fn unpack(bytes: &[u8], bit: usize, width: u8, numbers: &mut [u32]) {
    let width = usize::from(width);
    let number_at = |at: usize| {
        let there = bytes.get(at / 8..).unwrap_or_default();
        let word = there.first_chunk::<8>().copied().unwrap_or_else(|| {
            let mut word = [0; 8];
            let n = there.len().min(8);
            word[..n].copy_from_slice(&there[..n]);
            word
        });
        low_bits(u64::from_le_bytes(word) >> (at % 8), width)
    };
    // Of eight numbers in a row one begins with a byte, and the next eight then end with one.
    let to_byte = (0..8).find(|n| (bit + n * width).is_multiple_of(8)).unwrap_or(0);
    let (before, rest) = numbers.split_at_mut(to_byte.min(numbers.len()));
    let mut at = bit;
    for number in before {
        *number = number_at(at);
        at += width;
    }
    if width <= 8 && at.is_multiple_of(8) {
        let groups = unpack_groups(bytes.get(at / 8..).unwrap_or_default(), width, rest);
        at += groups * 8 * width;
        for number in rest.iter_mut().skip(groups * 8) {
            *number = number_at(at);
            at += width;
        }
        return;
    }
    for number in rest {
        *number = number_at(at);
        at += width;
    }
}

/// Groups of eight numbers of up to eight bits, as long as eight bytes are there; gives how many groups.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2"))]
fn unpack_groups(bytes: &[u8], width: usize, numbers: &mut [u32]) -> usize {
    let (groups, _) = numbers.as_chunks_mut::<8>();
    let mut unpacked = 0;
    for group in groups {
        let Some(word) = bytes.get(unpacked * width..).and_then(<[u8]>::first_chunk::<8>) else { break };
        let word = u64::from_le_bytes(*word);
        for (place, number) in group.iter_mut().enumerate() {
            *number = low_bits(word >> (place * width), width);
        }
        unpacked += 1;
    }
    unpacked
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a number has 32 bits at most")]
fn low_bits(word: u64, width: usize) -> u32 {
    (word & ((1 << width) - 1)) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers as runs: of one number, or packed in groups of eight.
    fn packed(runs: &[(bool, Vec<u32>)], width: u8) -> (Vec<u8>, Vec<u32>) {
        let (mut bytes, mut all) = (Vec::new(), Vec::new());
        let header = |bytes: &mut Vec<u8>, mut header: u64| {
            while header > 0x7f {
                bytes.push((header & 0x7f) as u8 | 0x80);
                header >>= 7;
            }
            bytes.push(u8::try_from(header).expect("seven bits"));
        };
        for (is_packed, numbers) in runs {
            if *is_packed {
                let groups = numbers.len().div_ceil(8);
                header(&mut bytes, (groups as u64) << 1 | 1);
                let mut padded = numbers.clone();
                padded.resize(groups * 8, 0);
                let mut bits = vec![0_u8; groups * usize::from(width)];
                for (place, number) in padded.iter().enumerate() {
                    for bit in 0..usize::from(width) {
                        let at = place * usize::from(width) + bit;
                        bits[at / 8] |= ((number >> bit & 1) as u8) << (at % 8);
                    }
                }
                bytes.extend(bits);
                all.extend(padded);
            } else {
                header(&mut bytes, (numbers.len() as u64) << 1);
                bytes.extend(&numbers[0].to_le_bytes()[..usize::from(width).div_ceil(8)]);
                all.extend(std::iter::repeat_n(numbers[0], numbers.len()));
            }
        }
        (bytes, all)
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read_in_pieces_of_any_size(
            runs in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u32>(), 1..40)), 1..8),
            width in 1_u8..=32,
            pieces in proptest::collection::vec(1_usize..30, 1..60),
        ) {
            let mask = u32::MAX >> (32 - width);
            let runs: Vec<(bool, Vec<u32>)> =
                runs.into_iter().map(|(is_packed, numbers)| (is_packed, numbers.iter().map(|n| n & mask).collect())).collect();
            let (bytes, all) = packed(&runs, width);
            let mut hybrid = Hybrid::new(bytes.into(), width);
            let mut read = Vec::new();
            for piece in pieces.into_iter().cycle() {
                let mut numbers = vec![0; piece.min(all.len() - read.len())];
                if numbers.is_empty() {
                    break;
                }
                hybrid.read(&mut numbers).expect("there are so many");
                read.extend(numbers);
            }
            prop_assert_eq!(read, all);
            prop_assert!(hybrid.read(&mut [0]).is_err());
        }

        #[test]
        fn any_bytes_are_numbers_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80), width in 0_u8..=32) {
            let _ = Hybrid::new(bytes.into(), width).read(&mut [0; 300]);
        }
    }

    #[test]
    fn numbers_without_bits_are_zeros() {
        let mut numbers = [7; 12];
        Hybrid::new(Bytes::from_static(&[24]), 0).read(&mut numbers).expect("a run of twelve");
        assert_eq!(numbers, [0; 12]);
        Hybrid::new(Bytes::from_static(&[5]), 0).read(&mut numbers).expect("two groups of eight");
        assert_eq!(numbers, [0; 12]);
    }
}

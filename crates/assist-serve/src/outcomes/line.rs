//! A record as a line: its CRC-32 in eight hexadecimal digits, a space, the record as JSON. Text, so that whoever has the log and
//! not this program can read it; one line each, so that a torn end is told from damage.

use std::io::Write as _;

use assist_learn::LogRecord;

/// The first line of every segment, before its checksum: what the file is, and the version of its lines.
pub(super) const HEADER: &str = r#"{"assist_outcomes":1}"#;

/// Appends a line.
fn append(json: &[u8], lines: &mut Vec<u8>) {
    write!(lines, "{:08x} ", crc32fast::hash(json)).expect("memory takes it");
    lines.extend_from_slice(json);
    lines.push(b'\n');
}

/// The first line of a segment.
pub(super) fn header() -> Vec<u8> {
    let mut line = Vec::new();
    append(HEADER.as_bytes(), &mut line);
    line
}

/// Appends the line of a record.
pub(super) fn append_record(record: &LogRecord, lines: &mut Vec<u8>) -> serde_json::Result<()> {
    append(&serde_json::to_vec(record)?, lines);
    Ok(())
}

/// The JSON of a line without its end, if its checksum is right.
pub(super) fn checked(line: &[u8]) -> Option<&[u8]> {
    let (checksum, json) = line.split_at_checked(9)?;
    let digits = checksum.strip_suffix(b" ")?;
    // One spelling only, so that every changed byte is noticed.
    let is_plain = |digit: &u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(digit);
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| is_plain(&digit)))?;
    (u32::from_str_radix(digits, 16).ok()? == crc32fast::hash(json)).then_some(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_is_noticed() {
        let line = header();
        let line = &line[..line.len() - 1];
        assert_eq!(checked(line), Some(HEADER.as_bytes()));
        for place in 0..line.len() {
            for bit in 0..8 {
                let mut changed = line.to_vec();
                changed[place] ^= 1 << bit;
                assert_eq!(checked(&changed), None, "byte {place}, bit {bit}");
            }
        }
        assert!((0..line.len()).all(|length| checked(&line[..length]).is_none()));
    }
}

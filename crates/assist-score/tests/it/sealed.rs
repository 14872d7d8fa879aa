//! Files whose contents were altered by somebody who can work out a checksum.

/// The header of both files, pair and checksum worked out anew for what stands behind it.
pub(crate) fn sealed(mut files: [Vec<u8>; 2]) -> [Vec<u8>; 2] {
    use sha2::{Digest as _, Sha256};
    let payloads = files.each_ref().map(|file| payload(file).to_vec());
    let mut pair = Sha256::new();
    pair.update((payloads[0].len() as u64).to_le_bytes());
    payloads.iter().for_each(|payload| pair.update(payload));
    let pair: [u8; 32] = pair.finalize().into();
    for file in &mut files {
        file[10..42].copy_from_slice(&pair);
        let mut sum = Sha256::new();
        sum.update(&file[..42]);
        sum.update(&file[74..]);
        let sum: [u8; 32] = sum.finalize().into();
        file[42..74].copy_from_slice(&sum);
    }
    files
}

/// What the pair is worked out from: since version 5 the contents have its length before it.
fn payload(file: &[u8]) -> &[u8] {
    let contents = &file[74..];
    match (file[8], contents.split_first_chunk()) {
        (5.., Some((length, behind))) => {
            let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
            &behind[..length.min(behind.len())]
        }
        _ => contents,
    }
}

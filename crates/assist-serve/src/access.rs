//! Who may ask: keys in a file, compared in constant time, and read again when the file changes.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use arc_swap::ArcSwap;
use axum::http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use tracing::{error, info};

use crate::error::{Error, KeyProblem};

/// Shorter keys could be guessed.
const SHORTEST: usize = 16;

/// The header for clients that do not use `Authorization`.
const OWN_HEADER: &str = "x-api-key";

/// The digest of a key: all are of one length, so that comparing tells nothing of it.
type KeyDigest = [u8; 32];

/// The keys of a file.
#[derive(Debug)]
pub(crate) struct Keys {
    path: PathBuf,
    digests: ArcSwap<Vec<KeyDigest>>,
    /// When the file that was read last had been written.
    written: Mutex<Option<SystemTime>>,
}

impl Keys {
    /// Reads a file of keys.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let written = written(path);
        let digests = digests_of(path)?;
        Ok(Self { path: path.to_owned(), digests: ArcSwap::from_pointee(digests), written: Mutex::new(written) })
    }

    /// Reads the file again; where it is no longer one, the keys before stay.
    pub(crate) fn reload(&self) {
        match digests_of(&self.path) {
            Ok(digests) => {
                info!(keys = digests.len(), "keys loaded");
                self.digests.store(digests.into());
            }
            Err(refused) => error!(cause = refused.to_string(), "a file of keys was refused, those before go on"),
        }
    }

    /// Reads the file again if it has been written since.
    pub(crate) fn reload_if_changed(&self) {
        let now = written(&self.path);
        let Ok(mut written) = self.written.lock() else { return };
        if *written != now {
            *written = now;
            self.reload();
        }
    }

    /// Whether a request has one of the keys: as `Authorization: Bearer KEY`, as the password of `Authorization: Basic`, which
    /// browsers ask for, or as `X-API-Key: KEY`.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> bool {
        let Some(key) = key_of(headers) else { return false };
        let digest: KeyDigest = Sha256::digest(&key).into();
        // All are compared, whichever it is.
        let digests = self.digests.load();
        let found = digests.iter().fold(Choice::from(0), |found, known| found | known.ct_eq(&digest));
        found.into()
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    fs_err::metadata(path).ok()?.modified().ok()
}

fn digests_of(path: &Path) -> Result<Vec<KeyDigest>, Error> {
    let text = fs_err::read_to_string(path).map_err(Error::KeyFile)?;
    let wrong = |problem| Error::Keys { path: path.to_owned(), problem };
    let mut digests = Vec::new();
    for (line, key) in (1..).zip(text.lines().map(str::trim)) {
        if key.is_empty() || key.starts_with('#') {
            continue;
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong(KeyProblem::Characters { line }));
        }
        if key.len() < SHORTEST {
            return Err(wrong(KeyProblem::Short { line, least: SHORTEST }));
        }
        digests.push(Sha256::digest(key).into());
    }
    if digests.is_empty() { Err(wrong(KeyProblem::None)) } else { Ok(digests) }
}

/// The key that a request gives.
fn key_of(headers: &HeaderMap) -> Option<Vec<u8>> {
    if let Some(key) = headers.get(OWN_HEADER) {
        return Some(key.as_bytes().to_vec());
    }
    let (scheme, credentials) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.trim().as_bytes().to_vec());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, credentials.trim()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    Some(decoded[colon + 1..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a-key-of-24-characters!!";

    fn keys(text: &str) -> Result<Keys, Error> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs_err::write(file.path(), text).expect("written");
        Keys::read(file.path())
    }

    fn admits(keys: &Keys, name: &'static str, value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().expect("a header"));
        keys.admit(&headers)
    }

    #[test]
    fn a_key_is_taken_in_three_ways() {
        let keys = keys(&format!("# ours\nanother-key-of-some-length\n{KEY}\n")).expect("keys");
        assert!(admits(&keys, "x-api-key", KEY));
        assert!(admits(&keys, "authorization", &format!("Bearer {KEY}")));
        let pair = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("anyone:{KEY}"));
        assert!(admits(&keys, "authorization", &format!("Basic {pair}")));
        for wrong in ["", "a-key-of-24-characters!", "a-key-of-24-characters!!!", "# ours", "Basic !!"] {
            assert!(!admits(&keys, "x-api-key", wrong) && !admits(&keys, "authorization", &format!("Bearer {wrong}")));
        }
        assert!(!keys.admit(&HeaderMap::new()));
    }

    #[test]
    fn keys_that_are_none_are_named_by_their_line() {
        let problem = |text: &str| match keys(text) {
            Err(Error::Keys { problem, .. }) => problem,
            other => panic!("{other:?}"),
        };
        assert_eq!(problem("# nothing\n\n"), KeyProblem::None);
        assert_eq!(problem(&format!("{KEY}\nshort\n")), KeyProblem::Short { line: 2, least: 16 });
        assert_eq!(problem("with a space in between\n"), KeyProblem::Characters { line: 1 });
    }

    #[test]
    fn a_file_is_read_again_and_a_bad_one_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs_err::write(file.path(), KEY).expect("written");
        let keys = Keys::read(file.path()).expect("a key");
        fs_err::write(file.path(), "short").expect("written");
        keys.reload();
        assert!(admits(&keys, "x-api-key", KEY));
        fs_err::write(file.path(), "the-key-of-another-day").expect("written");
        keys.reload();
        assert!(!admits(&keys, "x-api-key", KEY) && admits(&keys, "x-api-key", "the-key-of-another-day"));
    }
}

//! The two artifacts on disk, written so that a crash at any moment leaves the old pair or the new pair.
//!
//! Both new files are first written beside the old ones and flushed to disk, then renamed one after the other. Between the
//! two renames the folder holds new features, the old model, and the whole new model under its waiting name: whoever loads
//! then takes the waiting one, because the pair's mark in each file tells which belong together, and the next save puts it
//! into its place first.

use std::path::{Path, PathBuf};

use assist_score::{FEATURES_FILE, MODEL_FILE, Model};

use crate::error::Error;

/// How often a load starts over when a save is under way in another process.
const ATTEMPTS: u32 = 5;

/// Saves a model into a folder, which is made if it is missing. A save that another process has under way is waited for.
///
/// # Errors
///
/// The operating system's, with the path.
pub fn save(folder: &Path, model: &Model) -> Result<(), Error> {
    fs_err::create_dir_all(folder)?;
    let lock = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(".lock"))?;
    // Where locks are not supported, one writer at a time is up to the user.
    let _ = lock.file().lock();
    settle(folder)?;
    let (model, features) = model.encode()?;
    steps(folder, model, features).into_iter().try_for_each(Step::run)
}

/// Loads the model of a folder.
///
/// # Errors
///
/// No model there; artifacts that are damaged, cut off, too new, or of two different fits.
pub fn load(folder: &Path) -> Result<Model, Error> {
    let mut result = attempt(folder);
    for round in 1..ATTEMPTS {
        // A pair that does not fit together, or of which a file is missing, may be a save between its two renames.
        match &result {
            Err(Error::Artifact { reason: assist_score::Error::NotAPair, .. }) => {}
            Err(Error::NoModel { .. }) if waiting(folder, MODEL_FILE).exists() => {}
            _ => break,
        }
        std::thread::sleep(std::time::Duration::from_millis(u64::from(round)));
        result = attempt(folder);
    }
    result
}

fn attempt(folder: &Path) -> Result<Model, Error> {
    let features = read(folder, FEATURES_FILE)?;
    let decode = |model: &[u8]| Model::decode(model, &features);
    let settled = read(folder, MODEL_FILE);
    let as_settled = settled.as_ref().map(|model| decode(model));
    if let Ok(Ok(found)) = as_settled {
        return Ok(found);
    }
    if let Ok(found) = fs_err::read(waiting(folder, MODEL_FILE))
        .map_err(Error::Io)
        .and_then(|model| decode(&model).map_err(|reason| Error::Artifact { folder: folder.to_owned(), reason }))
    {
        return Ok(found);
    }
    match as_settled {
        Ok(Err(reason)) => Err(Error::Artifact { folder: folder.to_owned(), reason }),
        _ => Err(settled.err().unwrap_or(Error::NoModel { folder: folder.to_owned(), file: MODEL_FILE })),
    }
}

/// Completes a save that stopped between its two renames.
fn settle(folder: &Path) -> Result<(), Error> {
    let waiting = waiting(folder, MODEL_FILE);
    let (Ok(features), Ok(model)) = (fs_err::read(folder.join(FEATURES_FILE)), fs_err::read(&waiting)) else {
        return Ok(());
    };
    if Model::decode(&model, &features).is_ok() {
        Step::Rename(waiting, folder.join(MODEL_FILE)).run()?;
        Step::SyncFolder(folder.to_owned()).run()?;
    }
    Ok(())
}

fn read(folder: &Path, file: &'static str) -> Result<Vec<u8>, Error> {
    match fs_err::read(folder.join(file)) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::NoModel { folder: folder.to_owned(), file })
        }
        Err(error) => Err(error.into()),
    }
}

fn waiting(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!(".{file}.new"))
}

/// What a save does, step by step, so that a test can stop after each of them.
#[derive(Debug, Clone)]
enum Step {
    Write(PathBuf, Vec<u8>),
    Rename(PathBuf, PathBuf),
    SyncFolder(PathBuf),
}

fn steps(folder: &Path, model: Vec<u8>, features: Vec<u8>) -> Vec<Step> {
    vec![
        Step::Write(waiting(folder, FEATURES_FILE), features),
        Step::Write(waiting(folder, MODEL_FILE), model),
        Step::SyncFolder(folder.to_owned()),
        Step::Rename(waiting(folder, FEATURES_FILE), folder.join(FEATURES_FILE)),
        Step::Rename(waiting(folder, MODEL_FILE), folder.join(MODEL_FILE)),
        Step::SyncFolder(folder.to_owned()),
    ]
}

impl Step {
    fn run(self) -> Result<(), Error> {
        match self {
            Self::Write(path, bytes) => {
                use std::io::Write as _;
                let mut file = fs_err::File::create(path)?;
                file.write_all(&bytes)?;
                file.sync_all()?;
            }
            Self::Rename(from, to) => fs_err::rename(from, to)?,
            Self::SyncFolder(folder) => {
                // A folder can be flushed only where it can be opened like a file.
                if let Ok(folder) = fs_err::File::open(folder) {
                    let _ = folder.sync_all();
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assist_score::{FeatureSpace, NumericColumn, Parameters, Target};

    fn model(slope: f64, column: &str) -> Model {
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let space = FeatureSpace::new(target, vec![], vec![NumericColumn::new(column, 0.0, slope)], vec![]);
        let parameters = Parameters { coefficients: vec![slope], intercept: -1.0, ..Parameters::default() };
        Model::new(space, parameters).expect("consistent")
    }

    /// Stops a save after every step, and in the middle of every write, from no model and from an old one.
    #[test]
    fn a_crash_at_any_moment_leaves_the_old_pair_or_the_new_pair() {
        let (old, new, next) = (model(1.0, "a"), model(2.0, "b"), model(3.0, "c"));
        let (model_bytes, features_bytes) = new.encode().expect("encoded");
        for with_old in [false, true] {
            for torn in [false, true] {
                for crash in 0..=6 {
                    let folder = tempfile::tempdir().expect("a folder");
                    let at = folder.path();
                    if with_old {
                        save(at, &old).expect("saved");
                    }
                    let all = steps(at, model_bytes.clone(), features_bytes.clone());
                    assert_eq!(all.len(), 6);
                    for step in &all[..crash] {
                        step.clone().run().expect("a step");
                    }
                    if let (true, Some(Step::Write(path, bytes))) = (torn, all.get(crash)) {
                        Step::Write(path.clone(), bytes[..bytes.len() / 2].to_vec()).run().expect("half a write");
                    }
                    match load(at) {
                        Ok(found) => assert!(found == new && crash >= 4 || found == old && with_old && crash < 4),
                        Err(error) => assert!(!with_old && crash < 4, "after step {crash}: {error}"),
                    }
                    // A save after the crash works, and again leaves no mixture when it stops half-way.
                    let before = load(at).ok();
                    settle(at).expect("settled");
                    assert_eq!(load(at).ok(), before);
                    save(at, &next).expect("saved");
                    assert_eq!(load(at).expect("loaded"), next);
                }
            }
        }
    }

    #[test]
    fn files_of_two_fits_are_refused() {
        let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        save(one.path(), &model(1.0, "a")).expect("saved");
        save(two.path(), &model(2.0, "a")).expect("saved");
        fs_err::copy(two.path().join(MODEL_FILE), one.path().join(MODEL_FILE)).expect("copied");
        let error = load(one.path()).expect_err("refused").to_string();
        assert!(error.ends_with("come from two different fits"), "{error}");
    }

    #[test]
    fn a_folder_without_a_model_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(load(folder.path()), Err(Error::NoModel { file: FEATURES_FILE, .. })));
    }
}

//! The two artifacts on disk, and what tells of them, written so that a crash at any moment leaves the old pair or the new
//! pair.
//!
//! Both new files are first written beside the old ones and flushed to disk, then renamed one after the other. Between the
//! two renames the folder holds new features, the old model, and the whole new model under its waiting name: whoever loads
//! then takes the waiting one, because the pair's mark in each file tells which belong together, and the next save puts it
//! into its place first.
//!
//! A companion, such as the report of a training, waits under a name that holds the pair's mark, and takes its place last:
//! whoever looks for that of a model takes the waiting one if there is one for this very model.
//!
//! A file that is replaced keeps its permissions. A link is replaced as well, and what it points to is left as it is: it may
//! be another model, or the store of a tool that keeps versions.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use assist_score::{FEATURES_FILE, MODEL_FILE, Model};

use crate::error::Error;

/// How often a load starts over when a save is under way in another process.
const ATTEMPTS: u32 = 5;
/// Digits of a pair's mark that tell whom a waiting companion belongs to.
const MARK_DIGITS: usize = 16;

/// A file that tells of a model and changes with it, such as the report of its training.
#[derive(Debug, Clone, Copy)]
pub struct Companion<'a> {
    name: &'a str,
    content: Content<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    Bytes(&'a [u8]),
    /// Whether a file is that of an earlier model.
    Absent(fn(&[u8]) -> bool),
}

impl<'a> Companion<'a> {
    /// A file of this name with this content.
    pub fn new(name: &'a str, content: &'a [u8]) -> Self {
        Self { name, content: Content::Bytes(content) }
    }

    /// A file that the model does not have: that of an earlier model is taken away, where `is_one` says of what stands there that
    /// it is one. A file of somebody else stays.
    pub fn absent(name: &'a str, is_one: fn(&[u8]) -> bool) -> Self {
        Self { name, content: Content::Absent(is_one) }
    }
}

/// Saves a model into a folder, which is made if it is missing. A save that another process has under way is waited for.
///
/// # Errors
///
/// A folder or a file that may not be written; the operating system's, with the path.
pub fn save(folder: &Path, model: &Model) -> Result<(), Error> {
    save_with(folder, model, &[])
}

/// Saves a model and what tells of it: of saves at once, all files that remain are those of one of them.
///
/// # Errors
///
/// As [`save`].
pub fn save_with(folder: &Path, model: &Model, companions: &[Companion<'_>]) -> Result<(), Error> {
    let unusable = |error: std::io::Error| Error::Folder { folder: folder.to_owned(), detail: error.to_string() };
    fs_err::create_dir_all(folder).map_err(unusable)?;
    let lock = open_lock(&folder.join(".lock")).map_err(unusable)?;
    // Where locks are not supported, one writer at a time is up to the user.
    let _ = lock.lock();
    refuse_protected(folder, companions.iter().map(|companion| companion.name))?;
    settle(folder, companions)?;
    let mark = mark_of(model)?;
    let (model, features) = model.encode()?;
    steps(folder, model, features, &mark, companions).into_iter().try_for_each(Step::run)
}

/// Whether a model can be saved in a folder, before time is spent on it. Nothing is changed: a missing folder is not made.
///
/// # Errors
///
/// A folder or a file that may not be written, and something else of that name.
pub fn check_folder(folder: &Path, companions: &[&str]) -> Result<(), Error> {
    let unusable = |detail: String| Error::Folder { folder: folder.to_owned(), detail };
    if !folder.exists() {
        let above = folder.ancestors().skip(1).find(|above| !above.as_os_str().is_empty() && above.exists());
        return match above {
            Some(above) if !above.is_dir() => Err(unusable(format!("`{}` is not a folder", above.display()))),
            _ => Ok(()),
        };
    }
    if !folder.is_dir() {
        return Err(unusable("it is not a folder".to_owned()));
    }
    let probe = folder.join(format!(".{}.probe", std::process::id()));
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&probe)
        .and_then(|_| fs_err::remove_file(&probe))
        .map_err(|error| unusable(error.to_string()))?;
    refuse_protected(folder, companions.iter().copied())
}

/// What stands in a folder under the name of a companion of this model: the one that waits for its place, if a save stopped
/// before that, else the one in its place, which may tell of another model.
///
/// # Errors
///
/// The operating system's, with the path; [`ErrorKind::NotFound`] where there is none.
pub fn read_companion(folder: &Path, name: &str, model: &Model) -> Result<Vec<u8>, Error> {
    match fs_err::read(waiting_companion(folder, name, &mark_of(model)?)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(fs_err::read(folder.join(name))?),
        found => Ok(found?),
    }
}

fn refuse_protected<'a>(folder: &Path, companions: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    for name in [FEATURES_FILE, MODEL_FILE].into_iter().chain(companions) {
        let path = folder.join(name);
        // What a link points to is not touched.
        if std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.permissions().readonly()) {
            return Err(Error::ReadOnly(path));
        }
    }
    Ok(())
}

/// Opens the file that saves of a folder lock. It is never a link, which would make a file somewhere else. It stays when a save is
/// done: whoever waits for its lock holds this very file open, and would save beside a third one that had made it anew.
fn open_lock(path: &Path) -> std::io::Result<std::fs::File> {
    match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if std::fs::symlink_metadata(path)?.is_file() {
                return std::fs::OpenOptions::new().write(true).open(path);
            }
            Err(std::io::Error::other(format!("`{}` is not a file", path.display())))
        }
        opened => opened,
    }
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

/// Completes a save that stopped between its renames, and takes away what others have left waiting for companions.
fn settle(folder: &Path, companions: &[Companion<'_>]) -> Result<(), Error> {
    let waiting = waiting(folder, MODEL_FILE);
    if let (Ok(features), Ok(model)) = (fs_err::read(folder.join(FEATURES_FILE)), fs_err::read(&waiting))
        && Model::decode(&model, &features).is_ok()
    {
        Step::Rename(waiting, folder.join(MODEL_FILE)).run()?;
        Step::SyncFolder(folder.to_owned()).run()?;
    }
    let mark = attempt(folder).ok().map(|model| mark_of(&model)).transpose()?;
    for Companion { name, .. } in companions {
        let own = mark.as_ref().map(|mark| waiting_companion(folder, name, mark));
        for left in waiting_companions(folder, name) {
            if Some(&left) == own.as_ref() {
                Step::Rename(left, folder.join(name)).run()?;
            } else {
                fs_err::remove_file(left)?;
            }
        }
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

/// The beginning of a pair's mark.
fn mark_of(model: &Model) -> Result<String, Error> {
    Ok(model.pair_id()?.to_string().chars().take(MARK_DIGITS).collect())
}

fn waiting_companion(folder: &Path, name: &str, mark: &str) -> PathBuf {
    waiting(folder, &format!("{name}.{mark}"))
}

/// The companions of one name that wait in a folder, for whatever model.
fn waiting_companions(folder: &Path, name: &str) -> Vec<PathBuf> {
    let is_mark = |mark: &str| mark.len() == MARK_DIGITS && mark.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mark = |entry: &str| {
        let mark = entry.strip_prefix('.')?.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(".new")?;
        is_mark(mark).then_some(())
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_str().and_then(mark).is_some()).map(|entry| entry.path()).collect()
}

/// What a save does, step by step, so that a test can stop after each of them.
#[derive(Debug, Clone)]
enum Step {
    /// Writes what will take a place, under a waiting name.
    Write {
        waiting: PathBuf,
        place: PathBuf,
        content: Vec<u8>,
    },
    Rename(PathBuf, PathBuf),
    /// Takes away what tells of a model that is there no longer.
    Remove(PathBuf),
    SyncFolder(PathBuf),
}

fn steps(folder: &Path, model: Vec<u8>, features: Vec<u8>, mark: &str, companions: &[Companion<'_>]) -> Vec<Step> {
    let mut files: Vec<(PathBuf, PathBuf, Vec<u8>)> = vec![
        (waiting(folder, FEATURES_FILE), folder.join(FEATURES_FILE), features),
        (waiting(folder, MODEL_FILE), folder.join(MODEL_FILE), model),
    ];
    let mut outdated = Vec::new();
    for Companion { name, content } in companions {
        let place = folder.join(name);
        match content {
            Content::Bytes(content) => files.push((waiting_companion(folder, name, mark), place, content.to_vec())),
            Content::Absent(is_one) if fs_err::read(&place).is_ok_and(|found| is_one(&found)) => {
                outdated.push(Step::Remove(place));
            }
            Content::Absent(_) => {}
        }
    }
    let renames: Vec<Step> =
        files.iter().map(|(waiting, place, _)| Step::Rename(waiting.clone(), place.clone())).collect();
    let mut steps: Vec<Step> =
        files.into_iter().map(|(waiting, place, content)| Step::Write { waiting, place, content }).collect();
    steps.push(Step::SyncFolder(folder.to_owned()));
    steps.extend(renames);
    steps.extend(outdated);
    steps.push(Step::SyncFolder(folder.to_owned()));
    steps
}

impl Step {
    fn run(self) -> Result<(), Error> {
        match self {
            Self::Write { waiting, place, content } => {
                use std::io::Write as _;
                // Made anew, so that a link that waits under this name is not followed.
                match fs_err::remove_file(&waiting) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                    _ => {}
                }
                let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(waiting)?;
                if let Some(old) = std::fs::symlink_metadata(place).ok().filter(std::fs::Metadata::is_file) {
                    assist_data::take_after(file.file(), &old)?;
                }
                file.write_all(&content)?;
                file.sync_all()?;
            }
            Self::Rename(from, to) => fs_err::rename(from, to)?,
            Self::Remove(path) => fs_err::remove_file(path)?,
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

    /// A companion that tells whom it belongs to.
    fn report(model: &Model) -> Vec<u8> {
        model.pair_id().expect("a mark").to_string().into_bytes()
    }

    fn save_both(folder: &Path, model: &Model) {
        save_with(folder, model, &[Companion::new("report", &report(model))]).expect("saved");
    }

    /// Stops a save after every step, and in the middle of every write, from no model and from an old one.
    #[test]
    fn a_crash_at_any_moment_leaves_the_old_files_or_the_new_files() {
        let (old, new, next) = (model(1.0, "a"), model(2.0, "b"), model(3.0, "c"));
        let (model_bytes, features_bytes) = new.encode().expect("encoded");
        let content = report(&new);
        let companion = Companion::new("report", &content);
        for with_old in [false, true] {
            for torn in [false, true] {
                for crash in 0..=8 {
                    let folder = tempfile::tempdir().expect("a folder");
                    let at = folder.path();
                    if with_old {
                        save_both(at, &old);
                    }
                    let mark = mark_of(&new).expect("a mark");
                    let all = steps(at, model_bytes.clone(), features_bytes.clone(), &mark, &[companion]);
                    assert_eq!(all.len(), 8);
                    for step in &all[..crash] {
                        step.clone().run().expect("a step");
                    }
                    if let (true, Some(Step::Write { waiting, place, content })) = (torn, all.get(crash)) {
                        let content = content[..content.len() / 2].to_vec();
                        let half = Step::Write { waiting: waiting.clone(), place: place.clone(), content };
                        half.run().expect("half a write");
                    }
                    match load(at) {
                        Ok(found) => {
                            assert!(found == new && crash >= 5 || found == old && with_old && crash < 5);
                            assert_eq!(read_companion(at, "report", &found).expect("read"), report(&found));
                        }
                        Err(error) => assert!(!with_old && crash < 5, "after step {crash}: {error}"),
                    }
                    // A save after the crash works, and again leaves no mixture when it stops half-way.
                    let before = load(at).ok();
                    settle(at, &[companion]).expect("settled");
                    assert_eq!(load(at).ok(), before);
                    if let Some(before) = before {
                        assert_eq!(fs_err::read(at.join("report")).expect("read"), report(&before));
                    }
                    save_both(at, &next);
                    assert_eq!(load(at).expect("loaded"), next);
                    assert_eq!(fs_err::read(at.join("report")).expect("read"), report(&next));
                    assert_eq!(waiting_companions(at, "report"), Vec::<PathBuf>::new());
                }
            }
        }
    }

    #[test]
    fn saves_at_once_leave_the_files_of_one_of_them() {
        let folder = tempfile::tempdir().expect("a folder");
        std::thread::scope(|scope| {
            for name in ["a", "b", "c", "d"] {
                scope.spawn(|| {
                    for slope in 1..10 {
                        save_both(folder.path(), &model(f64::from(slope), name));
                    }
                });
            }
        });
        let found = load(folder.path()).expect("loaded");
        assert_eq!(fs_err::read(folder.path().join("report")).expect("read"), report(&found));
    }

    #[test]
    fn a_model_saved_without_its_companion_leaves_that_of_the_other_to_be_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new) = (model(1.0, "a"), model(2.0, "a"));
        save_both(folder.path(), &old);
        save(folder.path(), &new).expect("saved");
        assert_eq!(read_companion(folder.path(), "report", &new).expect("read"), report(&old));
    }

    #[test]
    fn a_companion_of_an_earlier_model_goes_and_a_file_of_somebody_else_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        save_both(folder.path(), &model(1.0, "a"));
        fs_err::write(folder.path().join("notes"), "mine").expect("written");
        let absent = ["report", "notes", "nothing"].map(|name| Companion::absent(name, |text| text != b"mine"));
        save_with(folder.path(), &model(2.0, "a"), &absent).expect("saved");
        assert_eq!(["report", "notes"].map(|name| folder.path().join(name).exists()), [false, true]);
    }

    #[test]
    fn what_cannot_take_a_model_is_known_beforehand() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs_err::write(at("file"), "").expect("written");
        for (name, expected) in [("file", "it is not a folder"), ("file/deep/er", "file` is not a folder")] {
            let error = check_folder(&at(name), &[]).expect_err("refused").to_string();
            assert!(error.ends_with(expected), "{error}");
        }
        check_folder(&at("new/deep"), &[]).expect("can be made");
        assert!(!at("new").exists());
        save_both(folder.path(), &model(1.0, "a"));
        check_folder(folder.path(), &["report"]).expect("writable");
        let mut permissions = std::fs::metadata(at("report")).expect("there").permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(at("report"), permissions).expect("set");
        assert!(matches!(check_folder(folder.path(), &["report"]), Err(Error::ReadOnly(_))));
        let companion = Companion::new("report", b"");
        assert!(matches!(save_with(folder.path(), &model(2.0, "a"), &[companion]), Err(Error::ReadOnly(_))));
        assert_eq!(load(folder.path()).expect("loaded"), model(1.0, "a"));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay_and_no_link_is_followed() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        save(folder.path(), &model(1.0, "a")).expect("saved");
        std::fs::set_permissions(at(MODEL_FILE), std::fs::Permissions::from_mode(0o600)).expect("set");
        fs_err::rename(at(FEATURES_FILE), at("elsewhere")).expect("renamed");
        let before = fs_err::read(at("elsewhere")).expect("read");
        symlink("elsewhere", at(FEATURES_FILE)).expect("a link");
        symlink("victim", waiting(folder.path(), FEATURES_FILE)).expect("a link");
        save(folder.path(), &model(2.0, "a")).expect("saved");
        assert_eq!(load(folder.path()).expect("loaded"), model(2.0, "a"));
        assert_eq!(std::fs::metadata(at(MODEL_FILE)).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs_err::read(at("elsewhere")).expect("read"), before);
        assert!(!at("victim").exists());
        fs_err::remove_file(at(".lock")).expect("removed");
        symlink("victim", at(".lock")).expect("a link");
        let error = save(folder.path(), &model(3.0, "a")).expect_err("refused").to_string();
        assert!(error.ends_with(".lock` is not a file"), "{error}");
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

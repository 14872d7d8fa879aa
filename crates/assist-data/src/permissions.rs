//! Who may read and write a file: a file that takes the place of another is for the same people.

use std::fs::{File, Metadata};

/// Gives a new file the permissions of the one that it will replace and, where that is allowed, its owner and group.
///
/// # Errors
///
/// The operating system's.
#[cfg(unix)]
pub fn take_after(file: &File, old: &Metadata) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        // Only the superuser gives files away, but everybody may choose among their own groups.
        let _ = fchown(file, Some(old.uid()), Some(old.gid())).or_else(|_| fchown(file, None, Some(old.gid())));
    }
    let mut mode = old.mode() & 0o777;
    if file.metadata()?.gid() != old.gid() {
        // What another group may do is no more than what all others may.
        mode &= !0o070 | (mode & 0o007) << 3;
    }
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

/// Permissions are not carried over where a file has none of its own.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn take_after(_: &File, _: &Metadata) -> std::io::Result<()> {
    Ok(())
}

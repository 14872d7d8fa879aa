//! How much memory there is to work in, so that what does not fit is refused before the work instead of ending the process in
//! the middle of it.

/// What is taken to be there where the system does not say.
const UNKNOWN: u64 = 1 << 34;

/// Bytes that can still be used: what the system has left, and no more than the limit of the group of processes (a container)
/// leaves.
pub(crate) fn available() -> u64 {
    let read = |path: &str| fs_err::read_to_string(path).ok();
    let of_system = read("/proc/meminfo").as_deref().and_then(of_meminfo);
    let number = |path: &str| read(path).and_then(|text| text.trim().parse::<u64>().ok());
    let limit = number("/sys/fs/cgroup/memory.max").zip(number("/sys/fs/cgroup/memory.current"));
    let of_group = limit.map(|(limit, used)| limit.saturating_sub(used));
    [of_system, of_group].into_iter().flatten().min().unwrap_or(UNKNOWN)
}

/// The line `MemAvailable` of Linux, in bytes.
fn of_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_what_is_left() {
        let text = "MemTotal:       24683512 kB\nMemFree:         1000 kB\nMemAvailable:   22111000 kB\n";
        assert_eq!(of_meminfo(text), Some(22_111_000 * 1024));
        assert_eq!(of_meminfo("MemTotal: 5 kB\n"), None);
        assert!(available() > 0);
    }
}

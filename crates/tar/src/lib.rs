//! Archives in the ustar format (POSIX.1-2001, `pax`): what `tar` makes and takes apart on the learner's machine and in
//! containers, and what `kubectl cp` sends from one to the other.

#![forbid(unsafe_code)]

/// Bytes of a block: a header, or a part of a file.
const BLOCK: usize = 512;

/// One file or directory of an archive.
pub struct Entry {
    /// Relative; a directory's ends in a slash.
    pub name: String,
    pub executable: bool,
    pub content: Vec<u8>,
}

/// Makes an archive. Of a name no more than 100 bytes are kept.
pub fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        let directory = entry.name.ends_with('/');
        let mode = if directory || entry.executable { "0000755\0" } else { "0000644\0" };
        let mut header = [0; BLOCK];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        let name = entry.name.as_bytes();
        put(0, &name[..name.len().min(100)]);
        put(100, mode.as_bytes());
        put(108, b"0000000\x000000000\0");
        put(124, format!("{:011o}\0{:011o}\0", entry.content.len(), 0).as_bytes());
        put(148, b"        ");
        put(156, if directory { b"5" } else { b"0" });
        put(257, b"ustar\x0000root");
        put(297, b"root");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(&entry.content);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }
    out.resize((out.len() + 2 * BLOCK).next_multiple_of(20 * BLOCK), 0);
    out
}

/// Takes an archive apart; `None` when it is none.
pub fn unpack(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    loop {
        let (header, after) = rest.split_at_checked(BLOCK)?;
        if header.iter().all(|byte| *byte == 0) {
            return Some(entries);
        }
        let text = |from: usize, to: usize| {
            let field = &header[from..to];
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8_lossy(&field[..end]).trim().to_owned()
        };
        if text(257, 262) != "ustar" {
            return None;
        }
        let octal = |from: usize, to: usize| usize::from_str_radix(&text(from, to), 8).ok();
        let size = octal(124, 136)?;
        let content = after.get(..size)?.to_vec();
        let executable = octal(100, 108)? & 0o111 != 0;
        entries.push(Entry { name: text(0, 100), executable, content });
        rest = after.get(size.next_multiple_of(BLOCK)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked() {
        let entries = [
            Entry { name: "d/".into(), executable: true, content: Vec::new() },
            Entry { name: "d/f".into(), executable: false, content: vec![7; 700] },
        ];
        let archive = pack(&entries);
        let back = unpack(&archive).expect("our own archive");
        let told: Vec<(&str, bool, usize)> =
            back.iter().map(|one| (one.name.as_str(), one.executable, one.content.len())).collect();
        assert_eq!(told, [("d/", true, 0), ("d/f", false, 700)]);
        assert!(unpack(&archive[..600]).is_none());
        assert!(unpack(&[1; 1024]).is_none());
    }
}

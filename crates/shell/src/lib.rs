//! A bash-like shell with a virtual file system and text tools.

//! Virtual time, network, power and trace: the kernel that every world runs on.

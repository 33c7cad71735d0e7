//! Amounts of resources (`k8s.io/apimachinery/pkg/api/resource`).

const UNITS: [(&str, f64); 15] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

/// The amount; `None` when the text is none.
pub fn parse(text: &str) -> Option<f64> {
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(unit));
    let (digits, factor) = unit.map_or((text, 1.0), |(unit, factor)| (&text[..text.len() - unit.len()], *factor));
    let shape = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    if digits.is_empty() || !digits.chars().all(shape) || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    digits.parse::<f64>().ok().map(|amount| amount * factor)
}

/// An amount in thousandths, and whether it is counted in powers of two.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    pub milli: i128,
    binary: bool,
}

impl Amount {
    pub fn of(text: &str) -> Self {
        let binary = UNITS[..6].iter().any(|(unit, _)| text.ends_with(unit));
        let milli = parse(text).map_or(0, |amount| (amount * 1_000.0).round() as i128);
        Self { milli, binary }
    }

    pub fn plus(self, other: Self) -> Self {
        Self { milli: self.milli + other.milli, binary: if self.milli == 0 { other.binary } else { self.binary } }
    }
}

/// With the biggest unit that leaves a whole number.
impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whole = self.milli / 1_000;
        if self.milli % 1_000 != 0 {
            return write!(f, "{}m", self.milli);
        }
        let (step, names) = match self.binary {
            true => (1_024, ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]),
            false => (1_000, ["", "k", "M", "G", "T", "P", "E"]),
        };
        let (mut amount, mut at) = (whole, 0);
        while amount != 0 && amount % step == 0 && at + 1 < names.len() {
            amount /= step;
            at += 1;
        }
        write!(f, "{amount}{}", names[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_added_and_shown_with_the_biggest_unit() {
        let sum =
            |texts: &[&str]| texts.iter().fold(Amount::default(), |sum, text| sum.plus(Amount::of(text))).to_string();
        assert_eq!(sum(&["100m", "250m", "100m", "200m", "100m"]), "750m");
        assert_eq!(sum(&["2", "2"]), "4");
        assert_eq!(sum(&["70Mi", "100Mi"]), "170Mi");
        assert_eq!(sum(&["1Gi", "1Gi"]), "2Gi");
        assert_eq!(sum(&[]), "0");
    }
}

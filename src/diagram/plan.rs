//! The measures of the picture, in each of its shapes.

use super::layout::{Point, Rect, Shape};
use protocol::Nodes;

/// The measures in which the two shapes differ.
pub struct Plan {
    pub size: (f32, f32),
    pub learner: Rect,
    pub control_plane: Rect,
    /// In the order of [`CONTROL_PLANE`].
    pub parts: [Rect; 3],
    pub ring: Ring,
    /// The kubelet, the proxy and the runtime of the control plane.
    pub own: [Rect; 3],
    pub workers: [Rect; 2],
    pub grid: Grid,
    /// The same three in a worker, from its corner.
    pub within: [Rect; 3],
    /// The pods of the control plane's node, and those that are on no node; where there are pods.
    pub rooms: Option<[Rect; 2]>,
}

/// Further workers stand below everything, row by row.
pub struct Grid {
    pub columns: u16,
    /// How far it is from one to the next, and from row to row.
    pub step: Point,
}

/// Where the workers of a cluster stand.
pub struct Workers {
    pub rects: Vec<Rect>,
    /// That of the picture with all of them.
    pub height: f32,
    /// Whether some stand below.
    pub has_more: bool,
}

impl Grid {
    /// All workers of these nodes: the first two have their places, the others begin below `height`.
    pub fn workers(&self, first: [Rect; 2], height: f32, nodes: Nodes) -> Workers {
        let others = (0..nodes.workers.saturating_sub(2)).map(|index| {
            let (column, row) = (f32::from(index % self.columns), f32::from(index / self.columns));
            let (x, y) = (6.0 + self.step.0 * column, height + 4.0 + self.step.1 * row);
            Rect { x, y, ..first[0] }
        });
        let rects: Vec<Rect> = first.into_iter().take(usize::from(nodes.workers)).chain(others).collect();
        let lowest = rects.iter().map(|rect| rect.y + rect.h + 6.0).fold(height, f32::max);
        Workers { rects, height: lowest, has_more: nodes.workers > 2 }
    }
}

/// The members stand on an ellipse.
pub struct Ring {
    pub center: Point,
    radii: Point,
    card: Point,
}

impl Plan {
    /// The measures of such a picture.
    pub fn of(shape: Shape, pods: bool) -> &'static Self {
        match (shape, pods) {
            (Shape::Wide, false) => &WIDE,
            (Shape::Wide, true) => &WIDE_WITH_PODS,
            (Shape::Tall, false) => &TALL,
            (Shape::Tall, true) => &TALL_WITH_PODS,
        }
    }
}

impl Ring {
    /// The first member stands at the top, the others follow with the clock.
    pub fn card(&self, index: usize, count: usize) -> Rect {
        let (w, h) = self.card;
        let (x, y) = self.center;
        let (rx, ry) = self.radii;
        // Five cards on an ellipse would lie on each other: they stand in three rows.
        let (right, down) = match count {
            // One alone has room for whatever name.
            0 | 1 => return Rect::centered(self.center, w + 78.0, h),
            6.. => return self.cell(index, count),
            5 => [(0.0, -1.05), (0.86, -0.08), (0.82, 0.89), (-0.82, 0.89), (-0.86, -0.08)][index % 5],
            4 => [(-0.84, -0.72), (0.84, -0.72), (0.84, 0.72), (-0.84, 0.72)][index % 4],
            // The corners of a triangle. It leaves the lower half of its circle short, so it stands a little lower.
            _ => [(0.0, -0.78), (0.866, 0.72), (-0.866, 0.72)][index % 3],
        };
        Rect::centered((x + rx * right, y + ry * down), w, h)
    }

    /// More than five fill the room of the ring row by row, in smaller cards where they have to.
    fn cell(&self, index: usize, count: usize) -> Rect {
        const GAP: f32 = 8.0;
        let (w, h) = self.card;
        let (rx, ry) = self.radii;
        let columns: usize = if count > 9 { 4 } else { count.div_ceil(3) };
        let rows = count.div_ceil(columns);
        // Members a learner may have started are counted on fingers and toes, which is exact.
        let part = |room: f32, parts: usize| (room + GAP) / parts as f32;
        let (across, down) = (part(1.72 * rx + w, columns), part(1.94 * ry + h, rows));
        let (left, top) = (self.center.0 - 0.86 * rx - w / 2.0, self.center.1 - 1.05 * ry - h / 2.0);
        let (row, column) = (index / columns, index % columns);
        Rect::new(left + across * column as f32, top + down * row as f32, across - GAP, (down - GAP).min(h))
    }
}

const WIDE: Plan = Plan {
    size: (868.0, 362.0),
    learner: Rect::new(6.0, 130.0, 120.0, 92.0),
    control_plane: Rect::new(146.0, 6.0, 468.0, 350.0),
    parts: [
        Rect::new(160.0, 90.0, 440.0, 36.0),
        Rect::new(388.0, 34.0, 212.0, 36.0),
        Rect::new(160.0, 34.0, 212.0, 36.0),
    ],
    ring: Ring { center: (301.0, 246.0), radii: (88.0, 78.0), card: (134.0, 68.0) },
    own: [
        Rect::new(460.0, 152.0, 140.0, 36.0),
        Rect::new(460.0, 204.0, 140.0, 36.0),
        Rect::new(460.0, 256.0, 140.0, 36.0),
    ],
    workers: [Rect::new(654.0, 6.0, 206.0, 168.0), Rect::new(654.0, 188.0, 206.0, 168.0)],
    grid: Grid { columns: 4, step: (216.0, 234.0) },
    within: [
        Rect::new(14.0, 30.0, 178.0, 36.0),
        Rect::new(14.0, 75.0, 178.0, 36.0),
        Rect::new(14.0, 120.0, 178.0, 36.0),
    ],
    rooms: None,
};

/// One member needs less room than a ring of them; pods need some.
const WIDE_WITH_PODS: Plan = Plan {
    size: (868.0, 470.0),
    learner: Rect::new(6.0, 160.0, 120.0, 92.0),
    control_plane: Rect::new(146.0, 6.0, 468.0, 458.0),
    parts: WIDE.parts,
    ring: Ring { center: (286.0, 196.0), radii: (0.0, 0.0), card: WIDE.ring.card },
    own: [
        Rect::new(460.0, 152.0, 140.0, 36.0),
        Rect::new(460.0, 198.0, 140.0, 36.0),
        Rect::new(460.0, 244.0, 140.0, 36.0),
    ],
    workers: [Rect::new(654.0, 6.0, 206.0, 224.0), Rect::new(654.0, 240.0, 206.0, 224.0)],
    grid: WIDE.grid,
    within: [
        Rect::new(14.0, 26.0, 178.0, 36.0),
        Rect::new(14.0, 65.0, 178.0, 36.0),
        Rect::new(14.0, 104.0, 178.0, 36.0),
    ],
    rooms: Some([Rect::new(160.0, 290.0, 440.0, 166.0), Rect::new(6.0, 276.0, 120.0, 188.0)]),
};

const TALL: Plan = Plan {
    size: (400.0, 706.0),
    learner: Rect::new(130.0, 6.0, 140.0, 58.0),
    control_plane: Rect::new(6.0, 84.0, 388.0, 430.0),
    parts: [
        Rect::new(18.0, 172.0, 364.0, 38.0),
        Rect::new(216.0, 114.0, 166.0, 38.0),
        Rect::new(18.0, 114.0, 190.0, 38.0),
    ],
    ring: Ring { center: (200.0, 342.0), radii: (92.0, 82.0), card: (134.0, 68.0) },
    own: [
        Rect::new(18.0, 462.0, 92.0, 38.0),
        Rect::new(118.0, 462.0, 112.0, 38.0),
        Rect::new(238.0, 462.0, 144.0, 38.0),
    ],
    workers: [Rect::new(6.0, 530.0, 188.0, 170.0), Rect::new(206.0, 530.0, 188.0, 170.0)],
    grid: Grid { columns: 2, step: (200.0, 272.0) },
    within: [
        Rect::new(14.0, 30.0, 160.0, 36.0),
        Rect::new(14.0, 75.0, 160.0, 36.0),
        Rect::new(14.0, 120.0, 160.0, 36.0),
    ],
    rooms: None,
};

const TALL_WITH_PODS: Plan = Plan {
    size: (400.0, 744.0),
    learner: Rect::new(6.0, 6.0, 140.0, 66.0),
    control_plane: Rect::new(6.0, 84.0, 388.0, 380.0),
    parts: TALL.parts,
    ring: Ring { center: (200.0, 262.0), radii: (0.0, 0.0), card: TALL.ring.card },
    own: [
        Rect::new(18.0, 312.0, 92.0, 38.0),
        Rect::new(118.0, 312.0, 112.0, 38.0),
        Rect::new(238.0, 312.0, 144.0, 38.0),
    ],
    workers: [Rect::new(6.0, 476.0, 188.0, 262.0), Rect::new(206.0, 476.0, 188.0, 262.0)],
    grid: TALL.grid,
    within: [
        Rect::new(14.0, 30.0, 160.0, 36.0),
        Rect::new(14.0, 72.0, 160.0, 36.0),
        Rect::new(14.0, 114.0, 160.0, 36.0),
    ],
    rooms: Some([Rect::new(18.0, 358.0, 364.0, 98.0), Rect::new(160.0, 6.0, 234.0, 66.0)]),
};

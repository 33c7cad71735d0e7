//! The addresses of the site, below whatever base path it is served from.

/// A place a reader can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/`: the tour.
    Tour,
    /// `/notes`: every note by section.
    Notes,
    /// `/notes/SLUG`: one note.
    Note(String),
    /// `/labs`: every lab by section.
    Labs,
    /// `/labs/SLUG`: one lab.
    Lab(String),
    /// `/cluster`: the diagram fills the screen.
    Cluster,
    /// `/console`: the console fills the screen.
    Console,
    /// Anything else.
    NotFound,
}

/// A longer slug than any note has is not worth a request.
const SLUG_LIMIT: usize = 80;

impl Route {
    /// Reads a path relative to the base, with or without slashes around it.
    pub fn parse(path: &str) -> Self {
        let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != "index.html");
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Self::Tour,
            (Some("notes"), None, _) => Self::Notes,
            (Some("notes"), Some(slug), None) if is_slug(slug) => Self::Note(slug.to_owned()),
            (Some("labs"), None, _) => Self::Labs,
            (Some("labs"), Some(slug), None) if is_slug(slug) => Self::Lab(slug.to_owned()),
            (Some("cluster"), None, _) => Self::Cluster,
            (Some("console"), None, _) => Self::Console,
            _ => Self::NotFound,
        }
    }

    /// The path relative to the base; the base ends in a slash.
    pub fn path(&self) -> String {
        match self {
            Self::Tour | Self::NotFound => String::new(),
            Self::Notes => "notes".to_owned(),
            Self::Note(slug) => format!("notes/{slug}"),
            Self::Labs => "labs".to_owned(),
            Self::Lab(slug) => format!("labs/{slug}"),
            Self::Cluster => "cluster".to_owned(),
            Self::Console => "console".to_owned(),
        }
    }
}

/// How the address of a page inside another site's page begins, below the base.
const EMBED: &str = "embed";

/// What follows `embed/` in a path below the base; `None` for a page of its own.
pub fn embedded(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(EMBED)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// The route of a path below the base, be it a page of its own or one inside another's, where the cluster comes first.
pub fn of_page(path: &str) -> Route {
    match embedded(path) {
        Some("") => Route::Cluster,
        Some(rest) => Route::parse(rest),
        None => Route::parse(path),
    }
}

/// A slug becomes part of a request's path, so only what a note's file name may hold passes.
pub fn is_slug(text: &str) -> bool {
    text.len() <= SLUG_LIMIT
        && !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The part of `pathname` below `base`, or `None` when it lies elsewhere.
pub fn below_base<'a>(base: &str, pathname: &'a str) -> Option<&'a str> {
    match pathname.strip_prefix(base) {
        Some(rest) => Some(rest),
        // `/kubarium` is the front page of a site under `/kubarium/`.
        None => (Some(pathname) == base.strip_suffix('/')).then_some(""),
    }
}

/// The directory of a document's base address, which always ends in a slash.
pub fn directory(pathname: &str) -> String {
    match pathname.rfind('/') {
        Some(end) => pathname[..=end].to_owned(),
        None => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &Route) {
        assert_eq!(&Route::parse(path), expected, "{path:?}");
    }

    #[test]
    fn every_place_has_an_address() {
        check("", &Route::Tour);
        check("/", &Route::Tour);
        check("index.html", &Route::Tour);
        check("notes", &Route::Notes);
        check("notes/", &Route::Notes);
        check("notes/etcd", &Route::Note("etcd".into()));
        check("notes/kube-apiserver/index.html", &Route::Note("kube-apiserver".into()));
        check("labs/", &Route::Labs);
        check("labs/first-steps", &Route::Lab("first-steps".into()));
        check("cluster", &Route::Cluster);
        check("console/", &Route::Console);
    }

    #[test]
    fn what_cannot_be_a_note_is_not_found() {
        for path in
            ["nowhere", "notes/a/b", "notes/..", "notes/%2e%2e", "notes/Etcd", "notes/-x", "labs/A", "cluster/extra"]
        {
            check(path, &Route::NotFound);
        }
        check(&format!("notes/{}", "a".repeat(SLUG_LIMIT + 1)), &Route::NotFound);
    }

    #[test]
    fn a_path_leads_back_to_its_route() {
        let note = Route::Note("etcd-backup".into());
        let lab = Route::Lab("first-steps".into());
        for route in [Route::Tour, Route::Notes, note, Route::Labs, lab, Route::Cluster, Route::Console] {
            check(&route.path(), &route);
        }
    }

    #[test]
    fn a_page_inside_another_shows_the_same_and_the_cluster_first() {
        let check =
            |path, expected: Route| assert_eq!((embedded(path).is_some(), of_page(path)), (true, expected), "{path:?}");
        check("embed", Route::Cluster);
        check("embed/", Route::Cluster);
        check("embed/console", Route::Console);
        check("embed/labs/first-steps", Route::Lab("first-steps".into()));
        check("embed/nowhere", Route::NotFound);
        assert_eq!((embedded("embedded"), of_page("embedded")), (None, Route::NotFound));
        assert_eq!((embedded(""), of_page("")), (None, Route::Tour));
    }

    #[test]
    fn the_base_may_be_any_directory() {
        assert_eq!(below_base("/", "/notes/etcd"), Some("notes/etcd"));
        assert_eq!(below_base("/kubarium/", "/kubarium/notes"), Some("notes"));
        assert_eq!(below_base("/kubarium/", "/kubarium"), Some(""));
        assert_eq!(below_base("/kubarium/", "/other"), None);
        assert_eq!(directory("/kubarium/index.html"), "/kubarium/");
        assert_eq!(directory("/"), "/");
    }
}

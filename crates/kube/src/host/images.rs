//! What well-known images have in them: on which ports their server listens, what it answers, and which programs there
//! are. An image that nobody here knows has a shell and the usual tools, and listens nowhere.

use super::msg::Container;
use etcd::rpc::{HttpRequest, HttpResponse};

/// What the rest of an image is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// Alpine or BusyBox: small programs of one kind.
    Busybox,
    /// Debian: the usual programs, without what reaches the network.
    Debian,
    /// The server's program alone.
    Bare,
}

/// What its server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    Nothing,
    Nginx,
    Httpd,
    /// agnhost: what `netexec` and `serve-hostname` answer.
    Agnhost,
    /// The request, told back.
    Echo,
    Whoami,
    HelloApp,
    Bootcamp,
    /// The text it was started with.
    HttpEcho,
    /// `ok` at its health endpoint.
    Health,
    Dns,
    /// Not HTTP: the connection is closed on whoever speaks it.
    Other,
}

/// An image by the last part of its name.
pub(super) struct Image {
    name: &'static str,
    pub(super) base: Base,
    /// The program that listens.
    pub(super) server: &'static str,
    pub(super) speaks: Speaks,
    ports: &'static [u16],
    /// Programs beside those of the base.
    pub(super) tools: &'static str,
}

const fn image(
    name: &'static str,
    base: Base,
    server: &'static str,
    speaks: Speaks,
    ports: &'static [u16],
    tools: &'static str,
) -> Image {
    Image { name, base, server, speaks, ports, tools }
}

const UNKNOWN: Image = image("", Base::Debian, "", Speaks::Nothing, &[], "");

static IMAGES: [Image; 34] = {
    use Base::{Bare, Busybox, Debian};
    use Speaks::{Agnhost, Bootcamp, Dns, Echo, Health, HelloApp, HttpEcho, Httpd, Nginx, Nothing, Other, Whoami};
    [
        image("nginx", Debian, "nginx", Nginx, &[80], "curl nginx"),
        image("nginx-unprivileged", Debian, "nginx", Nginx, &[8080], "curl nginx"),
        image("httpd", Debian, "httpd", Httpd, &[80], "httpd"),
        image("busybox", Busybox, "", Nothing, &[], ""),
        image("alpine", Busybox, "", Nothing, &[], ""),
        image("curl", Busybox, "", Nothing, &[], "curl"),
        image("netshoot", Busybox, "", Nothing, &[], "curl dig bash"),
        image("dnsutils", Busybox, "", Nothing, &[], "dig bash"),
        image("jessie-dnsutils", Debian, "", Nothing, &[], "dig nslookup wget"),
        image("agnhost", Busybox, "agnhost", Agnhost, &[], "agnhost curl dig bash"),
        image("echoserver", Debian, "", Echo, &[8080], "curl"),
        image("echo-server", Bare, "", Echo, &[80], ""),
        image("whoami", Bare, "whoami", Whoami, &[80], ""),
        image("hello-app", Bare, "", HelloApp, &[8080], ""),
        image("kubernetes-bootcamp", Debian, "node", Bootcamp, &[8080], "curl node"),
        image("http-echo", Bare, "http-echo", HttpEcho, &[5678], ""),
        image("redis", Debian, "redis-server", Other, &[6379], "redis-server"),
        image("valkey", Debian, "valkey-server", Other, &[6379], "valkey-server"),
        image("memcached", Debian, "memcached", Other, &[11211], "memcached"),
        image("postgres", Debian, "postgres", Other, &[5432], "postgres"),
        image("mysql", Debian, "mysqld", Other, &[3306], "mysqld curl"),
        image("mariadb", Debian, "mariadbd", Other, &[3306], "mariadbd"),
        image("mongo", Debian, "mongod", Other, &[27017], "mongod"),
        image("rabbitmq", Debian, "rabbitmq-server", Other, &[5672], "rabbitmq-server"),
        image("debian", Debian, "", Nothing, &[], ""),
        image("ubuntu", Debian, "", Nothing, &[], ""),
        image("coredns", Bare, "coredns", Dns, &[53, 8080, 8181, 9153], ""),
        image("kube-proxy", Bare, "kube-proxy", Health, &[10249, 10256], "iptables iptables-save"),
        image("etcd", Bare, "etcd", Other, &[2379, 2380], ""),
        image("kube-apiserver", Bare, "kube-apiserver", Other, &[], ""),
        image("kube-controller-manager", Bare, "kube-controller-manager", Health, &[], ""),
        image("kube-scheduler", Bare, "kube-scheduler", Health, &[], ""),
        image("pause", Bare, "pause", Nothing, &[], ""),
        image("tomcat", Debian, "catalina.sh", Httpd, &[8080], "curl"),
    ]
};

/// The last part of an image's name, without tag and digest.
pub(super) fn short(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split([':', '@']).next().unwrap_or(name)
}

pub(super) fn find(image: &str) -> &'static Image {
    let name = short(image);
    IMAGES.iter().find(|known| known.name == name).unwrap_or(&UNKNOWN)
}

/// What runs as a container's first process: program and arguments.
fn first_process<'a>(container: &'a Container, image: &'a Image) -> (&'a str, &'a [String]) {
    match container.command.split_first() {
        Some((program, [])) => (program, &container.args),
        Some((program, rest)) => (program, rest),
        // An image without a program of its own runs what it is given.
        None if image.server.is_empty() => {
            container.args.split_first().map_or(("", &[]), |(program, rest)| (program.as_str(), rest))
        }
        None => (image.server, &container.args),
    }
}

/// The value of a flag: `--port=80`, `--port 80`, `-text=hi`.
fn flag<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let Some(word) = word.strip_prefix('-') else { continue };
        let word = word.strip_prefix('-').unwrap_or(word);
        match word.split_once('=') {
            Some((key, value)) if key == name => return Some(value),
            None if word == name => return rest.next().map(String::as_str),
            _ => {}
        }
    }
    None
}

/// Whether this is an image of whose server is known where it listens.
pub fn serves(image: &str) -> bool {
    !find(image).server.is_empty() || find(image).speaks != Speaks::Nothing
}

/// Whether a container's process listens on a port.
pub(super) fn listens(container: &Container, port: u16) -> bool {
    ports(container).contains(&port)
}

/// Where a container's process listens.
pub(super) fn ports(container: &Container) -> Vec<u16> {
    let image = find(&container.image);
    let (program, arguments) = first_process(container, image);
    let program = program.rsplit('/').next().unwrap_or(program);
    let number = |text: Option<&str>, otherwise: u16| {
        text.and_then(|text| text.trim_start_matches(':').parse().ok()).unwrap_or(otherwise)
    };
    // What somebody starts by hand, whatever the image.
    match program {
        "python" | "python3" if arguments.iter().any(|word| word == "http.server") => {
            return vec![number(arguments.last().map(String::as_str), 8000)];
        }
        "agnhost" => {
            return match arguments.first().map(String::as_str) {
                Some("netexec") => vec![number(flag(arguments, "http-port"), 8080)],
                Some("serve-hostname") => vec![number(flag(arguments, "port"), 9376)],
                _ => Vec::new(),
            };
        }
        "http-echo" => return vec![number(flag(arguments, "listen"), 5678)],
        "whoami" => return vec![number(flag(arguments, "port"), 80)],
        _ => {}
    }
    if image.speaks == Speaks::HelloApp {
        let port = container.env.iter().find(|(name, _)| name == "PORT").map(|(_, port)| port.as_str());
        return vec![number(port, 8080)];
    }
    // Another command than the image's own: what it does nobody here knows.
    let runs_own = container.command.is_empty() && (!image.server.is_empty() || container.args.is_empty());
    let is_own = runs_own || (!image.server.is_empty() && program.starts_with(image.server));
    if is_own { image.ports.to_vec() } else { Vec::new() }
}

/// What the server of a container says to a request, and the line it writes about it.
pub(super) fn answer(
    container: &Container,
    request: &HttpRequest,
    from: &str,
    page: &dyn Fn(&str) -> Option<String>,
    clock: &str,
) -> (Option<HttpResponse>, Option<String>) {
    let image = find(&container.image);
    let (path, _) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let text = |status: u16, body: String| Some(HttpResponse::new(status, "text/plain; charset=utf-8", body));
    let host = &container.hostname;
    let agent = request.header("user-agent").unwrap_or("-");
    let (_, arguments) = first_process(container, image);
    let response = match image.speaks {
        Speaks::Nginx | Speaks::Httpd => {
            let root =
                if image.speaks == Speaks::Nginx { "/usr/share/nginx/html" } else { "/usr/local/apache2/htdocs" };
            let file = if path.ends_with('/') { format!("{root}{path}index.html") } else { format!("{root}{path}") };
            let kind = if file.ends_with(".html") { "text/html" } else { "text/plain" };
            let response = match page(&file) {
                Some(body) => HttpResponse::new(200, kind, body),
                None => HttpResponse::new(404, "text/html", not_found(image.speaks)),
            };
            let server = if image.speaks == Speaks::Nginx { "nginx" } else { "Apache" };
            let response = response.with("Server", server.to_owned());
            let line = format!(
                "{from} - - [{clock}] \"{} {} HTTP/1.1\" {} {}",
                request.method,
                request.target,
                response.status,
                response.body.len()
            );
            let line = if image.speaks == Speaks::Nginx { format!("{line} \"-\" \"{agent}\" \"-\"") } else { line };
            return (Some(response), Some(line));
        }
        Speaks::Agnhost if arguments.first().is_some_and(|first| first == "serve-hostname") => text(200, host.clone()),
        Speaks::Agnhost => match path {
            "/hostname" | "/hostName" => text(200, host.clone()),
            "/clientip" => text(200, format!("{from}:{}", 32_768 + container.started.0 % 28_000)),
            "/healthz" => text(200, String::new()),
            "/" => text(200, format!("NOW: {clock}")),
            _ => text(404, "404 page not found\n".into()),
        },
        Speaks::Echo => text(
            200,
            format!(
                "\n\nHostname: {host}\n\nRequest Information:\n\tclient_address={from}\n\tmethod={}\n\treal path={}\n\nRequest Headers:\n\thost={}\n\tuser-agent={agent}\n\n",
                request.method,
                request.target,
                request.header("host").unwrap_or_default(),
            ),
        ),
        Speaks::Whoami => text(
            200,
            format!(
                "Hostname: {host}\nIP: 127.0.0.1\nIP: {}\nRemoteAddr: {from}\n{} {} HTTP/1.1\nHost: {}\nUser-Agent: {agent}\n\n",
                container.ip,
                request.method,
                request.target,
                request.header("host").unwrap_or_default(),
            ),
        ),
        Speaks::HelloApp => {
            let version = container.image.rsplit(':').next().unwrap_or("1.0");
            text(200, format!("Hello, world!\nVersion: {version}.0\nHostname: {host}\n"))
        }
        Speaks::Bootcamp => {
            let version = container.image.rsplit(":v").next().unwrap_or("1");
            text(200, format!("Hello Kubernetes bootcamp! | Running on: {host} | v={version}\n"))
        }
        Speaks::HttpEcho => text(200, format!("{}\n", flag(arguments, "text").unwrap_or("hello-world"))),
        Speaks::Health => text(200, "ok".into()),
        Speaks::Dns if matches!(path, "/health" | "/ready") => text(200, "OK".into()),
        Speaks::Dns | Speaks::Other => None,
        // Somebody's own server: a list of nothing.
        Speaks::Nothing => text(200, "\n".into()),
    };
    (response, None)
}

/// The files of an image that anybody looks at.
pub(super) fn file(image: &str, path: &str) -> Option<String> {
    let speaks = find(image).speaks;
    let text = match (speaks, path) {
        (Speaks::Nginx, "/usr/share/nginx/html/index.html") => {
            "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>This page comes from a container: the server runs, and no site was put in it yet.</p>\n</body>\n</html>\n"
        }
        (Speaks::Httpd, "/usr/local/apache2/htdocs/index.html") => "<html><body><h1>It works!</h1></body></html>\n",
        (Speaks::Nginx, "/etc/nginx/nginx.conf") => {
            "user  nginx;\nworker_processes  auto;\n\nerror_log  /var/log/nginx/error.log notice;\npid        /run/nginx.pid;\n\nevents {\n    worker_connections  1024;\n}\n\nhttp {\n    include       /etc/nginx/mime.types;\n    access_log  /var/log/nginx/access.log  main;\n    sendfile        on;\n    keepalive_timeout  65;\n    include /etc/nginx/conf.d/*.conf;\n}\n"
        }
        (_, "/etc/os-release") => match find(image).base {
            Base::Busybox => {
                "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME=\"Alpine Linux v3.22\"\n"
            }
            Base::Debian => {
                "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\nID=debian\n"
            }
            Base::Bare => return None,
        },
        (_, "/etc/passwd") if find(image).base != Base::Bare => "root:x:0:0:root:/root:/bin/sh\n",
        _ => return None,
    };
    Some(text.to_owned())
}

fn not_found(speaks: Speaks) -> &'static str {
    match speaks {
        Speaks::Nginx => {
            "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        }
        _ => {
            "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(image: &str, command: &[&str], args: &[&str], expected: &[u16]) {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let container =
            Container { image: image.into(), command: words(command), args: words(args), ..Container::default() };
        assert_eq!(ports(&container), expected, "{image} {command:?} {args:?}");
    }

    #[test]
    fn a_container_listens_where_its_process_does() {
        check("nginx", &[], &[], &[80]);
        check("docker.io/library/nginx:1.29@sha256:ab", &[], &[], &[80]);
        check("nginx", &["sleep", "3600"], &[], &[]);
        check("nginx", &["nginx", "-g", "daemon off;"], &[], &[80]);
        check("busybox", &[], &["sleep", "1"], &[]);
        check("registry.k8s.io/e2e-test-images/agnhost:2.53", &[], &["netexec", "--http-port=8081"], &[8081]);
        check("registry.k8s.io/e2e-test-images/agnhost:2.53", &["/agnhost", "serve-hostname"], &[], &[9376]);
        check("registry.k8s.io/e2e-test-images/agnhost:2.53", &[], &["pause"], &[]);
        check("hashicorp/http-echo", &[], &["-text=hi", "-listen=:80"], &[80]);
        check("python:3", &["python3", "-m", "http.server", "9000"], &[], &[9000]);
        check("example.org/mine", &[], &[], &[]);
    }
}

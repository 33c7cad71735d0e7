//! A world through the page's eyes: what is typed is done, what is done can be followed and replayed.

use kubarium_lab::Desk;
use protocol::{
    CommandState, Fault, Frame, FromLab, Input, Logged, Power, PromptState, Role, Session, Setup, TerminalId, ToLab,
};

/// A page that keeps what it was told.
struct Page {
    desk: Desk,
    text: String,
    log: Vec<Logged>,
    last: Frame,
    commands: Vec<protocol::CommandView>,
    wire: Vec<protocol::WireMessage>,
    said: Vec<FromLab>,
}

const SECOND: u64 = 1_000_000;

impl Page {
    fn open(session: Session) -> Self {
        let mut said = Vec::new();
        let desk = Desk::open(session, &machine::maker(), None, &mut said);
        let (log, commands, wire) = (Vec::new(), Vec::new(), Vec::new());
        let mut page =
            Self { desk, text: String::new(), log, last: Frame::default(), commands, wire, said: Vec::new() };
        page.hear(said);
        while !page.said.contains(&FromLab::Ready) {
            page.pump(0);
        }
        page
    }

    fn fresh() -> Self {
        Self::open(Session::fresh(7, Setup::default()))
    }

    fn members(&self) -> Vec<&str> {
        self.last.members.iter().map(|member| member.name.as_str()).collect()
    }

    fn hear(&mut self, messages: Vec<FromLab>) {
        for message in messages {
            match &message {
                FromLab::Frame(frame) => {
                    self.text.extend(frame.console.iter().map(|chunk| chunk.text.as_str()));
                    self.commands.extend(frame.commands.iter().cloned());
                    self.wire.extend(frame.wire.iter().cloned());
                    self.last = frame.clone();
                }
                FromLab::Logged(entry) => self.log.push(entry.clone()),
                _ => self.said.push(message),
            }
        }
    }

    fn pump(&mut self, wall: u64) {
        let mut out = Vec::new();
        self.desk.pump(wall, &mut || true, &mut out);
        self.hear(out);
    }

    fn pass(&mut self, wall: u64) {
        for _ in 0..wall / 50_000 {
            self.pump(50_000);
        }
    }

    fn send(&mut self, message: ToLab) {
        let mut out = Vec::new();
        self.desk.handle(message, &mut out);
        self.hear(out);
    }

    fn submit(&mut self, text: &str) {
        self.send(ToLab::Input(Input::Submit { terminal: TerminalId(0), text: text.into() }));
    }

    fn press(&mut self, component: &str, fault: Fault) {
        self.send(ToLab::Input(Input::Fault { component: component.into(), fault }));
    }

    fn leader(&self) -> Option<&str> {
        let running = self.last.members.iter().filter(|member| member.power == Power::Running);
        running.filter(|member| member.role == Role::Leader).map(|member| member.name.as_str()).next()
    }

    fn session(&self) -> Session {
        Session { log: self.log.clone(), now: self.desk.world().now(), ..Session::fresh(7, Setup::default()) }
    }
}

#[test]
fn three_members_elect_a_leader_and_a_write_survives_the_leaders_death() {
    let mut page = Page::fresh();
    page.pass(2 * SECOND);
    assert_eq!(page.leader(), Some("etcd-0"));
    page.submit("etcdctl put greeting \"Hello, etcd\"");
    page.pass(SECOND);
    assert!(page.text.contains("OK\n"), "{}", page.text);
    page.press("etcd-0", Fault::Kill);
    page.pass(4 * SECOND);
    assert!(matches!(page.leader(), Some("etcd-1" | "etcd-2")), "{:?}", page.last.members);
    page.text.clear();
    page.submit("etcdctl --endpoints=127.0.0.1:22379,127.0.0.1:32379 put greeting again && etcdctl --endpoints=127.0.0.1:22379 get greeting");
    page.pass(2 * SECOND);
    assert!(page.text.contains("OK\ngreeting\nagain\n"), "{}", page.text);
    page.press("etcd-0", Fault::Restart);
    page.pass(3 * SECOND);
    page.text.clear();
    page.submit("etcdctl get greeting --consistency=s");
    page.pass(SECOND);
    assert!(page.text.contains("greeting\nagain\n"), "{}", page.text);
}

#[test]
fn every_message_of_a_write_hangs_in_the_commands_causal_tree() {
    let mut page = Page::fresh();
    page.pass(2 * SECOND);
    page.submit("etcdctl put a 1");
    page.pass(SECOND);
    let ended = page.commands.iter().rfind(|command| matches!(command.state, CommandState::Ended { code: 0, .. }));
    let id = ended.expect("the command ended well").id;
    page.send(ToLab::Follow(id));
    let Some(FromLab::Waterfall(Some(waterfall))) = page.said.pop() else { panic!("no waterfall") };
    for member in ["etcd-1", "etcd-2"] {
        let append = |span: &&protocol::WaterfallSpan| {
            span.kind == Some(protocol::WireKind::Append) && span.to.as_deref() == Some(member)
        };
        assert!(waterfall.spans.iter().any(|span| append(&span)), "no append to {member}: {waterfall:#?}");
    }
    for span in waterfall.spans.iter().skip(1) {
        let parent = waterfall.spans.iter().find(|other| Some(other.id) == span.parent);
        let parent = parent.unwrap_or_else(|| panic!("{span:?} hangs in the air"));
        assert!(parent.start <= span.start, "{span:?} began before {parent:?}");
    }
    assert!(page.wire.iter().any(|message| message.root == id && message.from == "learner"));
}

#[test]
fn a_session_replays_to_the_same_world_however_it_is_pumped() {
    let mut page = Page::fresh();
    page.pass(2 * SECOND);
    page.submit("for i in 1 2 3 4 5; do etcdctl put key$i $i; done");
    page.pass(SECOND / 10);
    page.press("etcd-2", Fault::Pause);
    page.pass(SECOND);
    page.press("etcd-0", Fault::Kill);
    page.submit("etcdctl get key --prefix --keys-only");
    page.pass(3 * SECOND);
    page.press("etcd-2", Fault::Resume);
    page.pass(3 * SECOND);
    let session = page.session();
    assert_eq!(session.check(), Ok(()));
    let hash = page.desk.world().trace_hash();

    let again = Page::open(session.clone());
    assert_eq!(again.desk.world().now(), session.now);
    assert_eq!(again.desk.world().trace_hash(), hash);
    assert_eq!(again.text, page.text);

    // A replay cut into the smallest pieces comes out the same.
    let mut desk = Desk::open(session.clone(), &machine::maker(), None, &mut Vec::new());
    let mut out = Vec::new();
    while !out.contains(&FromLab::Ready) {
        desk.pump(0, &mut || false, &mut out);
    }
    assert_eq!(desk.world().trace_hash(), hash);
}

#[test]
fn what_is_done_in_a_fork_leaves_the_world_alone() {
    let mut page = Page::fresh();
    page.pass(2 * SECOND);
    let world = page.desk.world();
    let (hash, mut fork) = (world.trace_hash(), world.fork());
    let job = fork.begin("etcdctl put fork only && etcdctl get fork");
    let limit = fork.now() + 10 * SECOND;
    fork.run_while(limit, &mut || job.code().is_none());
    assert_eq!((job.code(), job.stdout()), (Some(0), b"OK\nfork\nonly\n".to_vec()));
    assert_eq!(page.desk.world().trace_hash(), hash);
    page.submit("etcdctl get fork");
    page.pass(SECOND);
    assert!(!page.text.contains("only"), "{}", page.text);
}

#[test]
fn an_endless_loop_is_interrupted_and_the_console_goes_on() {
    let mut page = Page::fresh();
    page.pass(2 * SECOND);
    page.submit("while true; do :; done");
    page.pass(SECOND);
    page.send(ToLab::Input(Input::Interrupt { terminal: TerminalId(0) }));
    page.submit("echo still here");
    page.pass(SECOND / 2);
    assert!(page.text.contains("still here\n"), "{}", page.text);
}

#[test]
fn a_session_that_cannot_be_taken_is_refused_in_words_and_a_fresh_world_stands() {
    let mut session = Session::fresh(7, Setup::default());
    session.version = 99;
    let page = Page::open(session);
    assert!(
        page.said.iter().any(|said| matches!(said, FromLab::SessionRefused { reason } if reason.contains("version")))
    );
}

#[test]
fn a_session_begins_in_the_world_it_names_and_comes_back_to_it() {
    let quick_start = "V=v3.5.30; curl -sL https://github.com/etcd-io/etcd/releases/download/$V/etcd-$V-linux-amd64.tar.gz | tar xz; cd etcd-$V-linux-amd64; ./etcd > log 2>&1 &\n";
    let check = |setup, typed: &str, at_first: &[&str], then: &[&str]| {
        let mut page = Page::open(Session::fresh(7, setup));
        assert_eq!(page.members(), at_first, "{setup:?}");
        page.submit(typed);
        page.pass(8 * SECOND);
        assert_eq!(page.members(), then, "{setup:?}: {}", page.text);
        let leads = page.leader().map(str::to_owned);
        assert_eq!(leads.is_some(), !then.is_empty(), "{setup:?}: {}", page.text);
        let now = page.desk.world().now();
        let again = Page::open(Session { log: page.log.clone(), now, ..Session::fresh(7, setup) });
        assert_eq!((again.members(), again.leader()), (page.members(), page.leader()), "{setup:?}");
        assert_eq!(again.desk.world().trace_hash(), page.desk.world().trace_hash(), "{setup:?}");
    };
    let of_members = |members| Setup::Etcd { members };
    check(of_members(1), "", &["default"], &["default"]);
    check(of_members(3), "", &["etcd-0", "etcd-1", "etcd-2"], &["etcd-0", "etcd-1", "etcd-2"]);
    let five = ["etcd-0", "etcd-1", "etcd-2", "etcd-3", "etcd-4"];
    check(of_members(5), "", &five, &five);
    check(Setup::Bare, "etcd", &[], &[]);
    check(Setup::Bare, quick_start, &[], &["default"]);
    check(Setup::ControlPlane, "ls", &[], &["controlplane"]);
}

#[test]
fn a_program_whose_member_is_killed_on_the_diagram_has_ended() {
    let mut page = Page::open(Session::fresh(7, Setup::Etcd { members: 1 }));
    page.pass(2 * SECOND);
    page.press("default", Fault::Kill);
    page.submit("etcd --name mine --data-dir /tmp/mine > /tmp/log 2>&1");
    page.pass(3 * SECOND);
    assert_eq!(page.leader(), Some("mine"), "{:?}", page.last.members);
    page.press("mine", Fault::Kill);
    page.submit("echo code $?");
    page.pass(SECOND);
    assert!(page.text.contains("code 137\n"), "{}", page.text);
}

#[test]
fn a_static_pod_that_is_killed_on_the_diagram_is_started_again_by_the_kubelet() {
    let mut page = Page::open(Session::fresh(7, Setup::ControlPlane));
    page.pass(5 * SECOND);
    assert_eq!(page.leader(), Some("controlplane"), "{:?}", page.last.members);
    page.press("controlplane", Fault::Kill);
    page.pump(0);
    assert_eq!(page.leader(), None, "{:?}", page.last.members);
    page.pass(5 * SECOND);
    assert_eq!(page.leader(), Some("controlplane"), "{:?}", page.last.members);
}

#[test]
fn a_command_that_ends_before_the_next_frame_still_gives_the_prompt_back() {
    let mut page = Page::fresh();
    page.pump(SECOND);
    for line in ["true", "etcdctl put a 1", "etcdctl get a"] {
        let mut out = Vec::new();
        let submit = Input::Submit { terminal: TerminalId(0), text: line.into() };
        page.desk.handle(ToLab::Input(submit), &mut out);
        // Nothing is told until a second has passed at once.
        page.desk.pump(SECOND, &mut || true, &mut out);
        let told = out.iter().filter_map(|said| match said {
            FromLab::Frame(frame) => frame.prompts.iter().find(|prompt| prompt.terminal == TerminalId(0)),
            _ => None,
        });
        let states: Vec<PromptState> = told.map(|prompt| prompt.state).collect();
        assert_eq!(states, [PromptState::Ready], "{line}");
    }
}

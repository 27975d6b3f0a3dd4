//! A real window, driven over WebDriver: what a person does with mouse and keyboard, and what they
//! see.
//!
//! Parts of a page are named by their `data-testid`. Every call has a time limit, because a driver
//! whose window has ended never answers. It knows no screen of ours: tests say which parts there
//! are.

use std::future::Future;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions, WheelAction, WheelActions};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::process;
use crate::session::Session;
use crate::{programs, proxy};

/// From starting the program to a page that answers. A program that ends at once is seen by this
/// alone.
const OPEN_LIMIT: Duration = Duration::from_secs(30);
/// How long its program may be absent meanwhile: from being asked for to being there.
const START_LIMIT: Duration = Duration::from_secs(8);
/// How often that is looked at: it reads all of `/proc`.
const START_POLL: Duration = Duration::from_millis(200);
/// One command to a window that is there.
const CALL_LIMIT: Duration = Duration::from_secs(20);
/// From an end that was asked for to the end of the program.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);
/// How long a part may take to appear when a test names no limit.
const APPEAR_LIMIT: Duration = Duration::from_secs(10);
/// How often a wait looks again.
const POLL: Duration = Duration::from_millis(30);
/// What WebKit's own driver is called; tauri-driver starts it.
const NATIVE_DRIVER: &str = "WebKitWebDriver";

/// One pixel that changes all the time: an idle page is never painted again, and WebKitGTK answers
/// a request for a picture only with the next painting.
const KEEP_PAINTING: &str = "
    const dot = document.createElement('i');
    dot.id = 'keep-painting';
    dot.style.cssText = 'position:fixed;left:0;top:0;width:1px;height:1px;pointer-events:none';
    document.body.append(dot);
    let n = 0;
    dot.timer = setInterval(() => {
        dot.style.background = n++ % 2 ? 'rgba(0,0,0,.004)' : 'rgba(255,255,255,.004)';
    }, 16);";
const STOP_PAINTING: &str = "
    const dot = document.getElementById('keep-painting');
    if (dot) { clearInterval(dot.timer); dot.remove(); }";

/// An open window and the driver behind it. One session has at most one at a time.
#[derive(Debug)]
pub struct Window {
    client: Client,
    program: PathBuf,
    mark: process::Mark,
}

impl Window {
    /// Starts a program with a window in this session and waits for its page.
    ///
    /// # Panics
    /// When no window answers in time; the message ends with what the programs said.
    pub async fn open(session: &mut Session, program: &Path, arguments: &[&str]) -> Self {
        let (port, native_port) = (proxy::free_port(), proxy::free_port());
        let driver = programs::tauri_driver();
        let mut command = session.command(&driver);
        command.args(["--port", &port.to_string(), "--native-port", &native_port.to_string()]);
        session.spawn(&mut command);
        let start = Instant::now();
        while [port, native_port]
            .iter()
            .any(|port| TcpStream::connect(("127.0.0.1", *port)).is_err())
        {
            assert!(start.elapsed() < OPEN_LIMIT, "The driver did not start: {}", session.tail());
            tokio::time::sleep(POLL).await;
        }

        let options = json!({ "tauri:options": { "application": program, "args": arguments } });
        let options = options.as_object().expect("written as one").clone();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(options);
        let url = format!("http://127.0.0.1:{port}");
        let connecting = tokio::time::timeout(OPEN_LIMIT, builder.connect(&url));
        let client = tokio::select! {
            connected = connecting => match connected {
                Ok(Ok(client)) => client,
                Ok(Err(e)) => panic!("The window did not open: {e}{}", session.tail()),
                Err(_) => panic!("The window did not open in time{}", session.tail()),
            },
            () = ended(session.mark(), program) => {
                panic!("The window did not open, its program has ended{}", session.tail())
            }
        };
        Self { client, program: program.to_owned(), mark: session.mark().clone() }
    }

    /// Presses the mouse on a part, once it is there.
    pub async fn click(&self, part: &str) {
        let element = self.find(part).await;
        self.call(&format!("click {part}"), element.click()).await;
    }

    /// Replaces what a field holds, key by key.
    pub async fn enter(&self, part: &str, text: &str) {
        let element = self.find(part).await;
        self.call(&format!("clear {part}"), element.clear()).await;
        self.call(&format!("type into {part}"), element.send_keys(text)).await;
    }

    /// Presses keys one after the other, wherever the focus is. Special keys are those of
    /// [`fantoccini::key::Key`] as characters.
    pub async fn press(&self, keys: &[char]) {
        let mut sequence = KeyActions::new("keyboard".to_owned());
        for key in keys {
            sequence = sequence.then(KeyAction::Down { value: *key });
            sequence = sequence.then(KeyAction::Up { value: *key });
        }
        self.call("press keys", self.client.perform_actions(sequence)).await;
        self.call("release keys", self.client.release_actions()).await;
    }

    /// Turns the wheel over a part by this many CSS pixels, down or (negative) up.
    pub async fn wheel(&self, part: &str, pixels: i64) {
        let element = self.find(part).await;
        let (x, y, width, height) = self.call("measure", element.rectangle()).await;
        #[expect(clippy::cast_possible_truncation, reason = "a screen has far fewer pixels")]
        let (x, y) = ((x + width / 2.0) as i64, (y + height / 2.0) as i64);
        let mut sequence = WheelActions::new("wheel".to_owned());
        sequence.push(WheelAction::Scroll { x, y, delta_x: 0, delta_y: pixels, duration: None });
        // Released each time: the driver scrolls by the difference to the last turn otherwise.
        self.call("turn the wheel", self.client.perform_actions(sequence)).await;
        self.call("release the wheel", self.client.release_actions()).await;
    }

    /// What a person reads in a part, once it is there.
    pub async fn text(&self, part: &str) -> String {
        let element = self.find(part).await;
        self.call(&format!("read {part}"), element.text()).await
    }

    /// An attribute of a part, once it is there.
    pub async fn attribute(&self, part: &str, name: &str) -> Option<String> {
        let element = self.find(part).await;
        self.call(&format!("read {name} of {part}"), element.attr(name)).await
    }

    /// How many parts have this name now.
    pub async fn count(&self, part: &str) -> usize {
        self.call(&format!("count {part}"), self.client.find_all(Locator::Css(&css(part))))
            .await
            .len()
    }

    /// Waits until a part is there and visible.
    pub async fn wait_for(&self, part: &str) {
        self.find(part).await;
    }

    /// Looks again and again until there is an answer.
    ///
    /// # Panics
    /// After `limit`, saying what was awaited; a picture of the page is kept in `target/failures`.
    pub async fn wait_until<T>(
        &self,
        what: &str,
        limit: Duration,
        look: impl AsyncFn() -> Option<T>,
    ) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if start.elapsed() > limit {
                self.give_up(&format!("{what}: not within {} s", limit.as_secs_f32())).await;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Runs JavaScript in the page; `arguments` are the arguments, `return` gives the answer.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.call("run a script", self.client.execute(script, arguments)).await
    }

    /// Runs the body of an async JavaScript function (its arguments are `a[0]`...) to its end.
    pub async fn run_async(&self, body: &str, arguments: Vec<Value>) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; const a = Array.from(arguments);
             (async () => {{ {body} }})().then((v) => done({{ ok: v ?? null }}),
                                               (e) => done({{ failed: String(e?.stack ?? e) }}));"
        );
        let mut answer =
            self.call("run a script", self.client.execute_async(&script, arguments)).await;
        match answer.get_mut("ok") {
            Some(value) => value.take(),
            None => self.give_up(&format!("The script failed: {}", answer["failed"])).await,
        }
    }

    /// Writes a picture of the page (PNG), with the images in view decoded.
    pub async fn screenshot(&self, path: &Path) {
        self.settle_images().await;
        let png = self.picture().await;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the folder for screenshots can be made");
        }
        std::fs::write(path, png)
            .unwrap_or_else(|e| panic!("Screenshot not written: {}: {e}", path.display()));
    }

    /// Goes to an address: for programs that have no page of their own.
    pub async fn go_to(&self, url: &str) {
        self.call("go to an address", self.client.goto(url)).await;
    }

    /// The process of the window's program.
    ///
    /// # Panics
    /// When it is not running.
    pub fn process_id(&self) -> u32 {
        let found = self.mark.running(&self.program);
        *found.first().unwrap_or_else(|| panic!("Not running: {}", self.program.display()))
    }

    /// Kills the program as a crash would, and its driver; returns when both are gone.
    pub fn kill(self) {
        let pid = self.process_id();
        assert!(process::kill_9(pid), "The program had ended before it was killed: {pid}");
        assert!(process::gone(pid, CALL_LIMIT), "The program outlived kill -9: {pid}");
        self.end_driver();
    }

    /// Closes the window as its cross would, then ends the driver.
    pub async fn close(self) {
        // A program that ends while it answers is what was asked for.
        drop(tokio::time::timeout(CALL_LIMIT, self.client.clone().close()).await);
        // The driver answers first and ends the program after it: without it nobody would.
        let asked = Instant::now();
        while asked.elapsed() < CLOSE_LIMIT && !self.mark.running(&self.program).is_empty() {
            tokio::time::sleep(POLL).await;
        }
        self.end_driver();
        for pid in self.mark.running(&self.program) {
            process::kill_9(pid);
        }
    }

    fn end_driver(&self) {
        for pid in self.mark.processes() {
            let program = process::executable(pid);
            let name = program.as_deref().and_then(Path::file_name).unwrap_or_default();
            if name == NATIVE_DRIVER || name == "tauri-driver" {
                process::kill_9(pid);
            }
        }
    }

    /// A part that is there and visible.
    async fn find(&self, part: &str) -> Element {
        let css = css(part);
        let look = async || {
            // Not there yet, or replaced while looking: look again.
            let element = self.limited(self.client.find(Locator::Css(&css))).await?.ok()?;
            let visible = self.limited(element.is_displayed()).await?.ok()?;
            visible.then_some(element)
        };
        self.wait_until(&format!("Part is visible: {part}"), APPEAR_LIMIT, look).await
    }

    async fn limited<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(CALL_LIMIT, call).await.ok()
    }

    async fn call<T, E: std::fmt::Display>(
        &self,
        what: &str,
        call: impl Future<Output = Result<T, E>>,
    ) -> T {
        match self.limited(call).await {
            Some(Ok(value)) => value,
            Some(Err(e)) => self.give_up(&format!("Cannot {what}: {e}")).await,
            None => panic!("Cannot {what}: the window does not answer"),
        }
    }

    async fn picture(&self) -> Vec<u8> {
        let taking = async {
            self.client.execute(KEEP_PAINTING, Vec::new()).await?;
            let png = self.client.screenshot().await;
            self.client.execute(STOP_PAINTING, Vec::new()).await?;
            png
        };
        let png = self.limited(taking).await.expect("the window answers with a picture");
        png.unwrap_or_else(|e| panic!("No picture of the window: {e}"))
    }

    /// Waits (a few seconds at most) for images in view: those of no interest are never decoded.
    async fn settle_images(&self) {
        let body = "
            const inView = [...document.images].filter((image) => {
                const box = image.getBoundingClientRect();
                return box.bottom > 0 && box.top < innerHeight;
            });
            const decoded = Promise.all(inView.map((image) => image.decode().catch(() => 0)));
            await Promise.race([decoded, new Promise((done) => setTimeout(done, 3000))]);
            await new Promise((done) => setTimeout(done, 50));";
        self.run_async(body, Vec::new()).await;
    }

    /// Fails, after keeping what a person would have seen.
    async fn give_up(&self, message: &str) -> ! {
        let test = std::thread::current().name().unwrap_or("main").replace("::", "-");
        let folder = programs::output_folder("failures").join(test);
        drop(std::fs::create_dir_all(&folder));
        let painting = self.client.execute(KEEP_PAINTING, Vec::new());
        drop(self.limited(painting).await);
        if let Some(Ok(png)) = self.limited(self.client.screenshot()).await {
            drop(std::fs::write(folder.join("window.png"), png));
        }
        if let Some(Ok(page)) = self.limited(self.client.source()).await {
            drop(std::fs::write(folder.join("page.html"), page));
        }
        panic!("{message} (see {})", folder.display());
    }
}

/// Returns when a program that should start or run does neither: its driver would wait for ever.
async fn ended(mark: &process::Mark, program: &Path) {
    let mut absent_since = Instant::now();
    while absent_since.elapsed() < START_LIMIT {
        tokio::time::sleep(START_POLL).await;
        if !mark.running(program).is_empty() {
            absent_since = Instant::now();
        }
    }
}

fn css(part: &str) -> String {
    format!("[data-testid=\"{part}\"]")
}

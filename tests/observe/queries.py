"""Runs the expressions of a dashboard of Grafana, and those of figures that are known, against a
Prometheus, and prints a case for each: `ok CASE` or `FAILED CASE: WHY`.

    queries.py ADDRESS DASHBOARD
"""

import json
import math
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

# Grafana puts values in the place of these.
VARIABLES = {"$__rate_interval": "10s", "$store": ".*"}

# Expressions with the least and the highest value of each of their samples.
KNOWN = {
    'sum(rate(kv_call_duration_seconds_count{kind="set"}[10s]))': (1, math.inf),
    'sum(rate(kv_call_duration_seconds_count{kind="get"}[10s]))': (1, math.inf),
    'sum(rate(kv_call_errors_total{kind="increment"}[10s]))': (1, math.inf),
    'sum(rate(kv_call_errors_total{kind="set"}[10s]))': (0, 0),
    'histogram_quantile(0.99, sum by (le) (rate(kv_call_duration_seconds_bucket{kind="set"}[10s])))': (1e-7, 10),
    'histogram_quantile(0.5, sum by (le) (rate(kv_commit_group_size_bucket{store="file"}[10s])))': (0, 128),
    'rate(kv_commits_total{store="file"}[10s])': (1, math.inf),
    'rate(kv_syncs_total{store="file"}[10s])': (1, math.inf),
    'rate(kv_sync_seconds_total{store="file"}[10s])': (1e-6, 10),
    'rate(kv_evictions_total{store="cache"}[10s])': (1, math.inf),
    'kv_expirations_total{store="file"} > 0': (1, math.inf),
    'kv_file_bytes{store="file"}': (4096, math.inf),
    'kv_watches{store="file"}': (1, 1),
    "sum(kv_poisoned) + sum(kv_read_only)": (0, 0),
}

# The longest wait for the first samples, in seconds.
PATIENCE = 60


def ask(address, path, **parameters):
    """Returns the data of an answer, or raises with the error of the Prometheus."""
    url = f"http://{address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return json.load(reply)["data"]
    except urllib.error.HTTPError as error:
        raise ValueError(json.load(error)["error"]) from error


def value(address, expression):
    """Returns the samples of an expression."""
    return [float(sample["value"][1]) for sample in ask(address, "query", query=expression)["result"]]


def wait_for(what, condition):
    """Waits until the condition holds."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"{what} after {PATIENCE} s")


def are_up(address):
    """Returns whether the Prometheus has reached all its targets."""
    targets = ask(address, "targets")["activeTargets"]
    return bool(targets) and all(target["health"] == "up" for target in targets)


def expression_of(text):
    """Returns an expression with values in the place of Grafana's variables."""
    for name, text_of in VARIABLES.items():
        text = text.replace(name, text_of)
    return text


def expressions(dashboard):
    """Returns the title and the expression of each query, the variables' among them."""
    found = []
    for panel in dashboard["panels"]:
        found += [(panel["title"], target["expr"]) for target in panel["targets"]]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            metric = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"])
            found.append((f"variable {variable['name']}", f"count by ({metric[2]}) ({metric[1]})"))
    return found


def check_query(address, text, names):
    """Raises unless the expression runs, and names metrics that exist."""
    used = set(re.findall(r"\bkv_\w+", text))
    if not used:
        raise ValueError("it names no metric")
    if used - names:
        raise ValueError(f"there is no {', '.join(sorted(used - names))}")
    if "$" in expression_of(text):
        raise ValueError("it has an unknown variable")
    if not value(address, expression_of(text)):
        raise ValueError("it has no samples")


def check_form(dashboard):
    """Raises if a panel has no source or no query, or lies on another one."""
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        if cells & taken or place["x"] + place["w"] > 24:
            raise ValueError(f"{panel['title']} lies on another panel, or beside the grid")
        taken |= cells
        for part in [panel, *panel["targets"]]:
            if part["datasource"] != {"type": "prometheus", "uid": "${datasource}"}:
                raise ValueError(f"{panel['title']} has another source than the variable")
        if not panel["targets"] or not panel["description"]:
            raise ValueError(f"{panel['title']} has no query or no description")
    numbers = [panel["id"] for panel in dashboard["panels"]]
    if len(set(numbers)) != len(numbers) or dashboard["schemaVersion"] < 38:
        raise ValueError("two panels have one number, or the schema is older than that of Grafana 10")


def case(name, check, *arguments):
    """Prints how a check has ended."""
    try:
        check(*arguments)
        print(f"ok {name}")
    except (ValueError, KeyError, OSError) as error:
        print(f"FAILED {name}: {error!r}")


def check_known(address, text, least, highest):
    """Raises unless each sample of the expression is within the bounds."""
    samples = value(address, text)
    # A number that is none is not within them.
    if not samples or not all(least <= sample <= highest for sample in samples):
        raise ValueError(f"got {samples}")


def main(address, path):
    wait_for("a target is not up", lambda: are_up(address))
    # Each of the figures has changed since the Prometheus began.
    for text in KNOWN:
        wait_for(f"no samples of {text}", lambda text=text: value(address, text))
    wait_for("no evictions", lambda: value(address, 'rate(kv_evictions_total{store="cache"}[10s]) > 0'))
    with open(path, encoding="utf-8") as file:
        dashboard = json.load(file)
    names = set(ask(address, "label/__name__/values"))
    case("the form of the dashboard", check_form, dashboard)
    for title, text in expressions(dashboard):
        case(f"{title}: {text}", check_query, address, text, names)
    for text, (least, highest) in KNOWN.items():
        case(text, check_known, address, text, least, highest)


if __name__ == "__main__":
    main(*sys.argv[1:])

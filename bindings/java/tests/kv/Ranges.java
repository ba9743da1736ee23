package kv;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kv.Lines.Line;
import kv.Run.Returned;

/**
 * The calls of the behaviour cases on many entries: scans, groups, counts, lists of keys, batches.
 */
final class Ranges {
    private Ranges() {}

    static void define() {
        Map<String, Calls.Function> calls = Calls.BY_NAME;
        calls.put("scan", (run, line, parts) -> scan(run.store(line), line));
        calls.put("txn_scan", (run, line, parts) -> scan(Run.named(run.transactions, line.take("txn")), line));
        calls.put("groups", (run, line, parts) -> {
            Returned returned = Returned.nothing();
            run.store(line).groups(line.findBytes("prefix").orElse(Bytes.EMPTY))
                    .forEachRemaining(it -> returned.list.add("group=" + Lines.hex(it)));
            return returned;
        });
        calls.put("count", (run, line, parts) -> Returned.of("count", run.store(line).count(line.group())));
        calls.put("count_all", (run, line, parts) -> Returned.of("count", run.store(line).countAll(prefix(line))));
        calls.put("delete_group", (run, line, parts) ->
                Returned.of("count", run.store(line).deleteGroup(line.group())));
        calls.put("delete_prefix", (run, line, parts) ->
                Returned.of("count", run.store(line).deletePrefix(line.group(), line.bytes("prefix"))));
        calls.put("delete_all", (run, line, parts) -> Returned.of("count", run.store(line).deleteAll(prefix(line))));
        calls.put("purge_expired", (run, line, parts) -> Returned.of("count", run.store(line).purgeExpired()));
        calls.put("set_many", Ranges::setMany);
        calls.put("get_many", Ranges::getMany);
        calls.put("delete_many", Ranges::deleteMany);
        calls.put("batch", Ranges::batch);
    }

    private static Bytes prefix(Line line) {
        return line.findBytes("prefix").orElse(Bytes.EMPTY);
    }

    private static String key(Bytes key) {
        return "key=" + Lines.hex(key);
    }

    private static String entry(Bytes key, Bytes value) {
        return key(key) + "\tvalue=" + Lines.hex(value);
    }

    private static Returned scan(EntryCalls on, Line line) {
        ScanOptions options = ScanOptions.ALL;
        options = line.findBytes("prefix").map(options::prefix).orElse(options);
        options = line.findBytes("glob").map(options::glob).orElse(options);
        options = line.findBytes("redis_glob").map(options::redisGlob).orElse(options);
        options = line.findBytes("from").map(options::from).orElse(options);
        options = line.findBytes("above").map(options::above).orElse(options);
        options = line.findBytes("below").map(options::below).orElse(options);
        options = line.findBytes("to").map(options::to).orElse(options);
        options = line.find("reverse").isPresent() ? options.reverse() : options;
        options = options.limit(Long.parseLong(line.find("limit").orElse("0")));
        options = options.offset(Long.parseLong(line.find("offset").orElse("0")));
        Returned returned = Returned.nothing();
        if (line.find("expect.list").orElse("").equals("key")) {
            on.keys(line.group(), options).forEachRemaining(it -> returned.list.add(key(it)));
        } else {
            on.scan(line.group(), options).forEachRemaining(it -> returned.list.add(entry(it.key(), it.value())));
        }
        return returned;
    }

    private static List<Bytes> keys(List<Line> parts) {
        return parts.stream().map(Line::key).toList();
    }

    private static Returned setMany(Run run, Line line, List<Line> parts) {
        Map<Bytes, Bytes> values = new LinkedHashMap<>();
        parts.forEach(part -> values.put(part.key(), part.bytes("value")));
        if (line.ttl().isEmpty()) {
            run.store(line).setMany(line.group(), values);
        } else {
            run.store(line).setMany(line.group(), values, line.ttl().get());
        }
        return Returned.nothing();
    }

    private static Returned getMany(Run run, Line line, List<Line> parts) {
        Returned returned = Returned.nothing();
        run.store(line).getMany(line.group(), keys(parts))
                .forEach((key, value) -> returned.list.add(entry(key, value)));
        return returned;
    }

    private static Returned deleteMany(Run run, Line line, List<Line> parts) {
        List<Bytes> deleted = run.store(line).deleteMany(line.group(), keys(parts));
        Returned returned = Returned.of("count", deleted.size());
        deleted.forEach(it -> returned.list.add(key(it)));
        return returned;
    }

    private static Returned batch(Run run, Line line, List<Line> steps) {
        List<StepResult> results = new ArrayList<>();
        try (Batch batch = run.store(line).batch()) {
            for (Line step : steps) {
                add(run, batch, step);
                step.refuseUnused();
            }
            results.addAll(batch.commit());
        }
        Returned returned = Returned.nothing();
        for (StepResult result : results) {
            String value = result.value().map(it -> "\tvalue=" + Lines.hex(it)).orElse("");
            returned.list.add("status=" + result.status().name().toLowerCase() + value);
        }
        return returned;
    }

    private static void add(Run run, Batch batch, Line step) {
        switch (step.word) {
            case "get" -> batch.get(step.group(), step.key());
            case "delete" -> batch.delete(step.group(), step.key());
            case "take" -> batch.take(step.group(), step.key());
            case "check" -> batch.check(step.group(), step.key(), step.version("version", run.versions));
            case "set" -> batch.set(step.group(), step.key(), step.bytes("value"), step.options(run.versions));
            case "increment" -> batch.increment(step.group(), step.key(), step.number("delta"), step.ttl());
            case "append" -> batch.append(step.group(), step.key(), step.bytes("value"), step.ttl());
            case "expire" -> batch.expire(step.group(), step.key(), step.ttl().orElseThrow(), step.conditions());
            case "delete_prefix" -> batch.deletePrefix(step.group(), step.bytes("prefix"));
            case "check_lock" -> batch.checkLock(Calls.lock(run, step));
            default -> throw new IllegalArgumentException("there is no step " + step.word);
        }
    }
}

// Runs the behaviour cases, which tests/behaviour/README.md describes, and their controls.
//
//   main CASES DIRECTORY      the directory of the cases, and one for the files of the stores
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "batch_calls.hpp"
#include "compare.hpp"
#include "entry_calls.hpp"
#include "lock_calls.hpp"
#include "other_calls.hpp"
#include "range_calls.hpp"
#include "scan_calls.hpp"
#include "stream_calls.hpp"
#include "typed_calls.hpp"

namespace {

using namespace behaviour;

json make(run &run, const json &fields) {
    const std::string name = fields.at("call");
    for (const calls *known : {&entry_calls, &range_calls, &scan_calls, &batch_calls, &lock_calls,
                               &other_calls, &stream_calls, &typed_calls}) {
        const auto found = known->find(name);
        if (found == known->end()) continue;
        given call(fields);
        json reply;
        try {
            reply = found->second(run, call);
        } catch (const kv::error &error) {
            reply = status_of(error);
        }
        call.has("save");
        call.refuse_unused();
        return reply;
    }
    throw broken("there is no call " + name);
}

class runner {
public:
    explicit runner(std::filesystem::path directory) : directory_(std::move(directory)) {}

    // Makes the calls of a case; `made` counts those before the first difference.
    void run_case(const json &one, const std::string &engine, std::size_t &made) {
        std::string base = "memory:";
        if (engine == "sqlite" || engine == "log")
            base = engine + ":" + (directory_ / (std::to_string(++files_) + ".db")).string();
        else if (engine != "memory") throw broken("there is no engine " + engine);
        run run(base);
        run.open("main", one.value("options", std::string()));
        for (const json &call : one.at("calls")) {
            compare(run, call, make(run, call));
            ++made;
        }
    }

    void run_all(const json &cases) {
        for (const json &one : cases) {
            for (const std::string &engine : one.value("engines", engines)) {
                const std::string name = one["name"].get<std::string>() + " (" + engine + ")";
                std::size_t made = 0;
                try {
                    run_case(one, engine, made);
                    report(name);
                } catch (const std::exception &error) {
                    report(name, error.what());
                }
                ++runs_;
            }
        }
    }

    // A control must fail at its last call, by a difference.
    void run_controls(const json &cases) {
        for (const json &one : cases) {
            for (const std::string &engine : one.value("engines", engines)) {
                const std::string name = one["name"].get<std::string>() + " (" + engine + ") fails";
                std::size_t made = 0;
                try {
                    run_case(one, engine, made);
                    report(name, "it passes");
                } catch (const difference &found) {
                    const bool is_last = made + 1 == one["calls"].size();
                    report(name, is_last ? "" : found.what());
                } catch (const std::exception &error) {
                    report(name, error.what());
                }
                ++controls_;
            }
        }
    }

    // Says how many ran; fails if it was not every case on each of its engines.
    int finish(const json &cases, const json &controls) {
        if (runs_ == 0 || runs_ != wanted(cases)) report("all cases run", std::to_string(runs_));
        if (controls_ == 0 || controls_ != wanted(controls))
            report("all controls run", std::to_string(controls_));
        std::cout << "# " << runs_ << " runs of " << cases.size() << " cases\n";
        return has_failed_ ? 1 : 0;
    }

private:
    std::size_t wanted(const json &cases) const {
        std::size_t sum = 0;
        for (const json &one : cases) sum += one.value("engines", engines).size();
        return sum;
    }

    void report(const std::string &name, const std::string &why = {}) {
        std::cout << (why.empty() ? "ok" : "FAILED") << " behaviour: " << name << "\n";
        if (why.empty()) return;
        std::cerr << name << "\n    " << why << "\n";
        has_failed_ = true;
    }

    const std::vector<std::string> engines = {"memory", "sqlite", "log"};
    std::filesystem::path directory_;
    std::size_t files_ = 0, runs_ = 0, controls_ = 0;
    bool has_failed_ = false;
};

json cases_of(const std::filesystem::path &file) {
    std::ifstream stream(file);
    return json::parse(stream).at("cases");
}

}  // namespace

int main(int argc, char **argv) try {
    if (argc != 3) throw std::invalid_argument("CASES and DIRECTORY are expected");
    const std::filesystem::path folder = argv[1];
    std::vector<std::filesystem::path> files;
    for (const auto &file : std::filesystem::directory_iterator(folder / "cases"))
        if (file.path().extension() == ".json") files.push_back(file.path());
    std::sort(files.begin(), files.end());
    json all = json::array();
    for (const auto &file : files)
        for (const json &one : cases_of(file)) all.push_back(one);
    const json controls = cases_of(folder / "planted.json");

    runner runner(argv[2]);
    runner.run_all(all);
    runner.run_controls(controls);
    return runner.finish(all, controls);
} catch (const std::exception &error) {
    std::cerr << error.what() << "\n";
    return 1;
}

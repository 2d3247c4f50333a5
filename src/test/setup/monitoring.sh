#!/usr/bin/env bash
# Prometheus' own tool over the alerts: their syntax, whether each fires and does not fire, and over what a test scraped from an operator.
set -euo pipefail
# shellcheck source=src/test/setup/common.sh
source "$(dirname "$0")/common.sh"

here=$ROOT/src/test/setup
promtool=$("$here/promtool.sh")/promtool
scrape=$ROOT/target/operator-metrics/scrape.txt

cd "$ROOT"
"$promtool" check rules --lint=all --lint-fatal deploy/monitoring/alerts.yaml
"$promtool" test rules src/test/monitoring/alerts.test.yaml

"$ROOT/src/test/setup.sh"
kubectl=$("$here/control-plane.sh")/bin/kubectl
"$kubectl" kustomize deploy/dashboards >/dev/null
mkdir -p target/with-monitoring
printf 'resources: [../../deploy/base]\ncomponents: [../../deploy/components/monitoring]\n' >target/with-monitoring/kustomization.yaml
"$kubectl" kustomize target/with-monitoring >/dev/null

rm -f "$scrape"
"$here/mvn.sh" --quiet verify -Dit.test=OperatorMetricsIT -Dtest=NONE -Dsurefire.failIfNoSpecifiedTests=false
# Names of libraries are theirs: ours have to be without fault.
grep -E '^(# (HELP|TYPE) )?virtualnodes_' "$scrape" >"$scrape.ours"
"$promtool" check metrics <"$scrape.ours"
say "the scrape is without fault: $(grep -vc '^#' "$scrape.ours") series of the operator's own"

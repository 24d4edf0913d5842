import { withAdvice } from "./failures.ts";
import { makeFrom } from "./load.ts";

const CUSTOM = ["@pulumi/kubernetes/apiextensions/customResource", "CustomResource"] as const;

/** The classes that a plan for Kubernetes uses. Objects of the Gateway API, Envoy Gateway, KEDA and the Prometheus Operator have no class of their own. */
const make = makeFrom("kubernetes()", {
  "kubernetes:apps/v1:Deployment": ["@pulumi/kubernetes/apps/v1/deployment", "Deployment"],
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": ["@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler", "HorizontalPodAutoscaler"],
  "kubernetes:core/v1:ConfigMap": ["@pulumi/kubernetes/core/v1/configMap", "ConfigMap"],
  "kubernetes:core/v1:Secret": ["@pulumi/kubernetes/core/v1/secret", "Secret"],
  "kubernetes:core/v1:Service": ["@pulumi/kubernetes/core/v1/service", "Service"],
  "kubernetes:core/v1:ServiceAccount": ["@pulumi/kubernetes/core/v1/serviceAccount", "ServiceAccount"],
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": ["@pulumi/kubernetes/networking/v1/networkPolicy", "NetworkPolicy"],
  "kubernetes:policy/v1:PodDisruptionBudget": ["@pulumi/kubernetes/policy/v1/podDisruptionBudget", "PodDisruptionBudget"],
  "kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy": CUSTOM,
  "kubernetes:rbac.authorization.k8s.io/v1:Role": ["@pulumi/kubernetes/rbac/v1/role", "Role"],
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": ["@pulumi/kubernetes/rbac/v1/roleBinding", "RoleBinding"],
  "kubernetes:gateway.networking.k8s.io/v1:Gateway": CUSTOM,
  "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute": CUSTOM,
  "kubernetes:keda.sh/v1alpha1:ScaledObject": CUSTOM,
  "kubernetes:monitoring.coreos.com/v1:PodMonitor": CUSTOM,
  "kubernetes:monitoring.coreos.com/v1:PrometheusRule": CUSTOM,
  "random:index/randomPassword:RandomPassword": ["@pulumi/random/randomPassword", "RandomPassword"],
});

/** Makes a resource of such a plan. */
export const makeKubernetes = withAdvice(make);

"""One training step, sections 8 and 9 of the description."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from tests.benchmarks.plain.blocks import AntiAliasDown, coordinate_grid


class Transform:
    """Affine plus "TPS" with L1 radii; its jacobian by differentiating the graph."""

    def __init__(self, theta, control):
        self.theta = theta  # (B, 2, 3)
        self.control = control  # (B, 25)

    def points(self, z):
        """(B, N, 2) -> (B, N, 2)."""
        matrix = self.theta.unsqueeze(1)
        moved = torch.matmul(matrix[:, :, :, :2], z.unsqueeze(-1)) + matrix[:, :, :, 2:]
        side = round(self.control.shape[1] ** 0.5)
        centres = coordinate_grid(side, side, like=z).view(1, 1, -1, 2)
        distances = torch.abs(z.view(z.shape[0], -1, 1, 2) - centres).sum(-1)
        bumps = distances**2 * torch.log(distances + 1e-6)
        bumps = (bumps * self.control.unsqueeze(1)).sum(dim=2)
        return moved.squeeze(-1) + bumps.unsqueeze(-1)

    def frame(self, image, align_corners):
        height, width = image.shape[2:]
        grid = coordinate_grid(height, width, like=image).view(1, -1, 2)
        grid = self.points(grid).view(len(image), height, width, 2)
        return F.grid_sample(image, grid, padding_mode="reflection", align_corners=align_corners)

    def jacobian(self, z):
        moved = self.points(z)
        rows = [torch.autograd.grad(moved[..., i].sum(), z, create_graph=True)[0] for i in range(2)]
        return torch.stack(rows, dim=-2)


class Pyramid(nn.Module):
    def __init__(self, scales, channels=3):
        super().__init__()
        self.names = [f"{scale:g}" for scale in scales]
        self.downs = nn.ModuleList(AntiAliasDown(channels, scale) for scale in scales)

    def forward(self, x):
        pairs = zip(self.names, self.downs, strict=True)
        return {f"prediction_{name}": down(x) for name, down in pairs}


def detached(kp):
    return {key: value.detach() for key, value in kp.items()}


class Trainer:
    """Networks, optimisers and losses of a training run.

    Args:
        model: A `PlainFOMM`.
        weights: Weights of the losses by name, as in the configuration files; ``l1`` is ours.
        scales: Of the loss pyramid.
        learning_rate: Of all three optimisers.
        features: Pictures -> list of maps; None: no perceptual loss.
    """

    def __init__(self, model, weights, scales, learning_rate, features=None):
        self.model = model
        self.weights = weights
        self.features = features
        self.pyramid = Pyramid(scales)
        self.optimizers = {
            name: torch.optim.Adam(network.parameters(), lr=learning_rate, betas=(0.5, 0.999))
            for name, network in model.named_children()
        }

    def step(self, source, driving, transform):
        """Update all networks once; return the losses."""
        losses, prediction, kp_driving = self.generator_losses(source, driving, transform)
        sum(losses.values()).backward()
        for name in ("generator", "kp_detector"):
            self.optimizers[name].step()
            self.optimizers[name].zero_grad()
        if self.model.discriminator is not None and self.weights["generator_gan"]:
            self.optimizers["discriminator"].zero_grad()
            losses["disc_gan"] = self.discriminator_loss(driving, prediction, kp_driving)
            losses["disc_gan"].backward()
            self.optimizers["discriminator"].step()
            self.optimizers["discriminator"].zero_grad()
        return {name: loss.item() for name, loss in losses.items()}

    def generator_losses(self, source, driving, transform):
        kp_source = self.model.kp_detector(source)
        kp_driving = self.model.kp_detector(driving)
        output = self.model.generator(source, kp_driving=kp_driving, kp_source=kp_source)
        real = self.pyramid(driving)
        generated = self.pyramid(output["prediction"])

        losses = {}
        if self.features is not None:
            losses["perceptual"] = self.perceptual_loss(real, generated)
        if self.weights.get("l1"):
            losses["l1"] = self.weights["l1"] * (output["prediction"] - driving).abs().mean()
        if self.weights["generator_gan"]:
            losses.update(self.adversarial_losses(real, generated, kp_driving))
        losses.update(self.equivariance_losses(driving, kp_driving, transform))
        return losses, output["prediction"], kp_driving

    def perceptual_loss(self, real, generated):
        total = 0
        for name in real:
            x_maps = self.features(generated[name])
            y_maps = self.features(real[name])
            for weight, x, y in zip(self.weights["perceptual"], x_maps, y_maps, strict=True):
                total = total + weight * torch.abs(x - y.detach()).mean()
        return total

    def adversarial_losses(self, real, generated, kp_driving):
        maps_generated = self.model.discriminator(generated, detached(kp_driving))
        maps_real = self.model.discriminator(real, detached(kp_driving))
        gan, matching = 0, 0
        for scale in self.model.discriminator.scales:
            scores = maps_generated[f"prediction_map_{scale}"]
            gan = gan + self.weights["generator_gan"] * ((1 - scores) ** 2).mean()
            key = f"feature_maps_{scale}"
            pairs = zip(maps_real[key], maps_generated[key], strict=True)
            for weight, (a, b) in zip(self.weights["feature_matching"], pairs, strict=True):
                matching = matching + weight * torch.abs(a - b).mean()
        return {"gen_gan": gan, "feature_matching": matching}

    def equivariance_losses(self, driving, kp_driving, transform):
        frame = transform.frame(driving, self.model.generator.align_corners)
        kp_moved = self.model.kp_detector(frame)
        value = torch.abs(kp_driving["value"] - transform.points(kp_moved["value"])).mean()
        losses = {"equivariance_value": self.weights["equivariance_value"] * value}
        if self.weights["equivariance_jacobian"]:
            back = torch.matmul(transform.jacobian(kp_moved["value"]), kp_moved["jacobian"])
            product = torch.matmul(torch.inverse(kp_driving["jacobian"]), back)
            error = torch.abs(torch.eye(2).to(product).view(1, 1, 2, 2) - product).mean()
            losses["equivariance_jacobian"] = self.weights["equivariance_jacobian"] * error
        return losses

    def discriminator_loss(self, driving, prediction, kp_driving):
        real, generated = self.pyramid(driving), self.pyramid(prediction.detach())
        maps_generated = self.model.discriminator(generated, detached(kp_driving))
        maps_real = self.model.discriminator(real, detached(kp_driving))
        total = 0
        for scale in self.model.discriminator.scales:
            key = f"prediction_map_{scale}"
            total = total + ((1 - maps_real[key]) ** 2 + maps_generated[key] ** 2).mean()
        return self.weights["discriminator_gan"] * total
